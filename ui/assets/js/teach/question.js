// One question before something is done that cannot be taken back. The dialog gives the focus back by itself.
export function sure({ title, text, yes, type = "", typeLabel = "" }) {
  const dialog = document.getElementById("ct-ask");
  const agree = document.getElementById("ct-ask-yes");
  const label = document.getElementById("ct-ask-type");
  const field = label.querySelector("input");
  document.getElementById("ct-ask-title").textContent = title;
  document.getElementById("ct-ask-text").textContent = text;
  agree.textContent = yes;
  label.hidden = !type;
  label.querySelector("span").textContent = typeLabel;
  field.value = "";
  const check = () => (agree.disabled = Boolean(type) && field.value.trim() !== type);
  field.oninput = check;
  // Enter in the field would press the first button, which is the one that keeps.
  field.onkeydown = (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (!agree.disabled) agree.click();
  };
  check();
  dialog.returnValue = "no";
  dialog.showModal();
  (type ? field : dialog.querySelector("[value=no]")).focus();
  return new Promise((answer) =>
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes" && !agree.disabled), { once: true }),
  );
}
