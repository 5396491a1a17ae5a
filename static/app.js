// What makes the pages live. Without it every page is a plain form.

import { completes } from "./completes.js";
import { declare } from "./declare.js";
import { forms, sendFields } from "./forms.js";
import { images } from "./images.js";
import { lanes } from "./lanes.js";
import { list } from "./list.js";
import { menus } from "./menus.js";
import { askAtSignOut, outboxOf, showUnsent } from "./outbox.js";
import { paste } from "./paste.js";
import { replay } from "./replay.js";
import { room } from "./room.js";
import { clocks } from "./times.js";
import { updates } from "./updates.js";

clocks();
menus();
forms();
completes();
if (document.getElementById("similar")) declare();
const { me } = document.body.dataset;
if (me) {
  const outbox = outboxOf(me, sendFields);
  showUnsent(outbox);
  askAtSignOut(me);
  outbox.flush();
  if (document.querySelector("main[data-room]")) room(outbox);
  else if (document.querySelector("main[data-live]")) list();
  else if (document.querySelector("main[data-replay]")) replay();
}
images();
paste();
if (document.querySelector("main[data-lanes]")) lanes();
if (document.getElementById("update")) updates(document.getElementById("update"));
