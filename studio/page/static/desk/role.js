/** What a stem plays, guessed and editable. */

import { el, mark } from "../base/dom.js";
import { capital, finer, ROLES } from "../base/roles.js";
import { perform } from "../base/session.js";
import { state } from "../base/store.js";

/** A choice of roles for a stem. */
export function chooseRole(name) {
  const root = el("select.role", { "aria-label": `What ${name} plays`, title: `What ${name} plays`, "data-action": "role" });
  let known = null;
  root.addEventListener("change", () => perform("role", { stem: name, role: root.value }).then((outcome) => outcome || show.again()));
  const show = (stem) => {
    if (known !== state.info) {
      known = state.info;
      root.replaceChildren(...options(known));
    }
    if (root.value !== stem.role) {
      if (![...root.options].some((option) => option.value === stem.role)) root.append(el("option", { value: stem.role, text: stem.role }));
      root.value = stem.role;
    }
    mark(root, "data-group", stem.group);
    show.again = () => show(stem);
  };
  show.again = () => {};
  return { root, show };
}

function options(info) {
  const roles = finer(info);
  return ROLES.map((role) => el("optgroup", { label: capital(role) }, el("option", { value: role, text: role }), ...(roles[role] ?? []).map((one) => el("option", { value: one, text: one }))));
}
