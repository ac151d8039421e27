// The teacher's pages on learning: map, questions, class, limits. Each draws itself from what the server says.
import { showView } from "../views.js";

showView(() => import(`./${document.querySelector("[data-part]").dataset.part}.js`));
