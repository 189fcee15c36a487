// @ts-check
// Ends the sign-in of this browser.

import { ask, root } from "./api.js";
import { byId } from "./dom.js";

byId("sign-out").addEventListener("click", async () => {
  await ask("POST", "/sign-out");
  location.assign(`${root}/sign-in`);
});
