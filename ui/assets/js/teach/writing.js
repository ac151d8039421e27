// Having questions written: a job in the server, which goes on when the page is left; seen here once a second.
import { button, make } from "../make.js";
import { say } from "../told.js";
import { choice, done, field, told } from "./of_learning.js";
import { noTrouble, tell, trouble } from "./server.js";
import { duration, left } from "./times.js";

const everyMs = 1000;
const over = ["done", "stopped", "failed", "none"];

export async function writing(concepts, questions, changed) {
  const panel = make("section", { class: "ct-panel cl-writing" });
  let written = -1;
  const lacking = () => concepts.filter(({ id }) => !questions().some((one) => one.concept === id && one.standing !== "dropped")).map(({ id }) => id);

  async function look() {
    let job;
    try {
      job = await told("GET", "/writing");
    } catch (error) {
      trouble(error);
      return void setTimeout(look, 5 * everyMs);
    }
    await draw(job);
    if (!over.includes(job.status)) setTimeout(look, everyMs);
  }

  async function draw(job) {
    const first = written < 0;
    if (job.status === "none") written = 0;
    else if (job.written !== written) {
      written = job.written;
      if (!first) await changed();
    }
    if (over.includes(job.status)) panel.replaceChildren(...ended(job, first));
    else running(job);
    panel.dataset.status = job.status;
  }

  function running(job) {
    if (!panel.querySelector("progress")) {
      const stop = button(say("teach_stop"), () => done("DELETE", "/writing").catch(trouble));
      panel.replaceChildren(make("div", { class: "ct-panel-head" }, make("h2"), stop), make("progress", { "aria-label": say("teach_w_progress") }), make("p", { class: "ct-soft" }));
      stop.focus({ preventScroll: true });
    }
    const bar = panel.querySelector("progress");
    bar.max = job.concepts;
    bar.value = job.done;
    panel.querySelector("button").disabled = job.status === "stopping";
    panel.querySelector("h2").textContent = headOf(job);
    panel.querySelector("p").textContent = [job.stands ? say("teach_w_stands") : job.at, say("teach_w_written", { n: job.written }), left(job.left_s)].filter(Boolean).join(" · ");
  }

  function headOf(job) {
    if (job.status === "loading") return say("teach_w_loading");
    return job.status === "stopping" ? say("teach_stopping") : say("teach_w_running", { done: job.done, n: job.concepts });
  }

  function ended(job, first) {
    const parts = [make("h2", { text: say("teach_w_title") })];
    if (job.status !== "none") {
      const text = job.error ?? say(job.status === "stopped" ? "teach_w_stopped" : "teach_w_done", { n: job.written, time: duration(job.seconds) });
      parts.push(make("p", { class: job.error ? "ct-error" : "cl-note", text }));
      if (!first) tell(text);
    }
    return [...parts, form()];
  }

  function form() {
    const without = lacking();
    const all = concepts.map(({ id }) => id);
    const which = choice([...(without.length ? [["-", say("teach_w_lacking", { n: without.length })]] : []), ["", say("teach_w_all", { n: all.length })], ...concepts.map(({ id, title }) => [id, title])]);
    const most = choice([1, 2, 3, 5, 10].map((n) => [n, n]));
    most.value = 3;
    const made = make("form", { class: "cl-form is-writing" }, field(say("teach_w_on"), which), field(say("teach_w_most"), most), make("button", { class: "ct-button is-primary", text: say("teach_w_begin") }));
    made.addEventListener("submit", async (event) => {
      event.preventDefault();
      noTrouble();
      const wanted = which.value === "-" ? without : which.value ? [which.value] : all;
      try {
        await draw(await told("POST", "/writing", { concepts: wanted.slice(0, 200), most: Number(most.value) }));
        look();
      } catch (error) {
        trouble(error);
      }
    });
    return make("div", {}, make("p", { class: "cl-soft", text: say("teach_w_lead") }), made);
  }

  await look();
  return panel;
}
