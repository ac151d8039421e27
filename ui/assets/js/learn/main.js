// The student's pages of learning: one module a view, drawn from what the server says.
import { showView } from "../views.js";
import { main } from "./server.js";

showView(() => import(`./${main().dataset.view}.js`));
