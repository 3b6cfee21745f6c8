// What a page of ours in a frame tells the page around it (docs/embedding.md). The studio's content security policy lets only allowed pages show it in a
// frame; messages go to the origin of that page alone.

export type Message =
  | { type: "image"; address: string; recipe: string } // of the studio: what is on show, and its recipe as JSON
  | { type: "ready"; title: string; questions: number }
  | { type: "state"; question: number; answered: number; questions: number } // question: from 1; 0: the beginning; one more than there are: the end
  | { type: "answered"; question: string; score: number | null; points: number; pointsPossible: number }
  | { type: "result"; points: number; pointsPossible: number; answered: number; questions: number }
  | { type: "height"; height: number }; // CSS pixels that the page would fill

// The origin of the page around this one; null where there is none, or none that is known.
export function parentOrigin(page: Window): string | null {
  if (page.parent === page) return null;
  const [nearest] = page.location.ancestorOrigins ?? [];
  if (nearest) return nearest === "null" ? null : nearest;
  try {
    return new URL(page.document.referrer).origin; // Firefox names no ancestors
  } catch {
    return null;
  }
}

export function tell(message: Message, page: Window = window): void {
  const origin = parentOrigin(page);
  if (origin !== null) page.parent.postMessage({ source: "mammoganesis", version: 1, ...message }, origin);
}
