// What makes the pages live. Without it every page is a plain form.

import { forms } from "./forms.js";
import { images } from "./images.js";
import { list } from "./list.js";
import { menus } from "./menus.js";
import { askAtSignOut } from "./outbox.js";
import { paste } from "./paste.js";
import { room } from "./room.js";
import { clocks } from "./times.js";

clocks();
menus();
forms();
askAtSignOut();
if (document.querySelector("main[data-room]")) room();
else if (document.querySelector("main[data-live]")) list();
images();
paste();
