// What the page is to show: the server writes it into the page for a browser that is on its way; at /lti itself it stands in the address.

export type Kept = { target: string; origin: string; name: string }; // with which frame of the platform a secret lies, and under which name

// `language`: the course's, where it is known.
export type Shown = { language?: string } & (
  | ({ mode: "keep"; go: string; secret: string } & Kept) // the login goes on when the platform has the browser's secret
  | ({ mode: "fetch"; id_token: string; state: string; again: string } & Kept) // the launch goes on with that secret
  | { mode: "window"; again: string } // a browser that keeps nothing for this frame
  | { mode: "return"; go: string; token: string } // what was chosen goes to the platform
  | { mode: "nothing" } // the launch leads nowhere
  | { mode: "registered"; platform: string }
  | { mode: "refused"; message: string }
  | { mode: "choose" | "standing"; launch: string }
  | { mode: "setup" }
);

export function readShown(told: string, hash: string): Shown {
  if (told) return JSON.parse(told) as Shown; // the server's own
  const [, mode, launch] = /^#(choose|standing)\/([\w-]{16,64})$/.exec(hash) ?? [];
  return mode && launch ? { mode: mode as "choose" | "standing", launch } : { mode: "setup" };
}
