// The page's own behaviour, one module each. Gradio carries the words to and fro; these make them readable and heard.
import { watchTyping } from "./ahead.js";
import { watchConversation } from "./conversation.js";
import { watchDesk } from "./desk.js";
import { watchEngines } from "./engines.js";
import { watchKeys } from "./keys.js";
import { watchLearner } from "./learner.js";
import { watchListening } from "./listening.js";
import { watchSource } from "./source.js";
import { watchSwitches } from "./switches.js";
import { watchVoice } from "./voice.js";
import { watchWays } from "./ways.js";

watchSwitches();
watchConversation();
watchSource();
watchListening();
watchVoice();
watchKeys();
watchDesk();
watchWays();
watchLearner();
watchEngines();
watchTyping();
