// Each note stands beside the first line that bears its number, or under the note before it.
export function placeNotes(part = document) {
  for (const turn of part.querySelectorAll(".cm-turn")) placeNotesOf(turn);
}

function placeNotesOf(turn) {
  const items = turn.querySelectorAll(".cm-notes > li");
  for (const item of items) item.style.paddingTop = "";
  const column = turn.querySelector(".cm-column");
  if (!items.length || items[0].getBoundingClientRect().left < column.getBoundingClientRect().right) return;
  for (const item of items) {
    const n = item.querySelector(".cm-note").dataset.n;
    const mark = column.querySelector(`.cm-mark[data-n="${n}"]`);
    if (!mark) continue;
    const room = mark.getBoundingClientRect().top - item.getBoundingClientRect().top - 14;
    if (room > 0) item.style.paddingTop = `${room}px`;
  }
}
