/** Dialogs and their forms: one open at a time, problems beside the field they belong to. */

import { h, icon } from "./dom.js";

/** Opens a dialog and returns it; `content` are its children under the title. */
export function openDialog(title, ...content) {
  const heading = h("h2", { id: "dialog-title" }, title);
  const close = h("button", { class: "round close", type: "button", "aria-label": "Close", onclick: () => dialog.close() }, icon("close"));
  const inside = h("div", { class: "inside" }, h("header", {}, heading, close), ...content);
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" }, inside);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Returns a labelled input with room for what is wrong with it. */
export function field(label, name, properties = {}, hint = null) {
  const tag = properties.tag ?? "input";
  const { tag: _, options = [], ...rest } = properties;
  const input = h(tag, { name, "aria-describedby": `${name}-wrong`, ...rest }, options.map(([value, text]) => h("option", { value }, text)));
  return h("label", { class: "field" }, label, input, hint ? h("small", {}, hint) : null, h("span", { class: "wrong", id: `${name}-wrong` }));
}

/** Returns a box with what went wrong and what to do. */
export function failure(title, detail) {
  return h("div", { class: "failure", role: "alert" }, h("strong", {}, title), detail);
}

/** Sends a form: `act` gets its values; a Problem is shown at its fields, or under the form. */
export function onSubmit(form, act) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("[type=submit]");
    showProblem(form, null);
    button.disabled = true;
    try {
      await act(Object.fromEntries(new FormData(form)));
    } catch (problem) {
      showProblem(form, problem);
    } finally {
      button.disabled = false;
    }
  });
}

function showProblem(form, problem) {
  form.querySelector(".failure")?.remove();
  let unplaced = problem !== null;
  for (const input of form.querySelectorAll("[aria-describedby]")) {
    const wrong = problem?.fields?.[input.name] ?? "";
    input.setAttribute("aria-invalid", String(wrong !== ""));
    input.closest("label").querySelector(".wrong").textContent = wrong;
    if (wrong) {
      if (unplaced) input.focus();
      unplaced = false;
    }
  }
  if (unplaced) form.append(failure(problem.title ?? "Something went wrong", problem.detail ?? problem.message));
}
