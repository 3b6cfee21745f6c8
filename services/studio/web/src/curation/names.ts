// Names of directions and regions: what a person types, and the valid name that comes of it.

// A name that the pattern takes stays as it is. Elsewhere: small letters without accents, hyphens for spaces, none at the ends.
export function nameOf(typed: string, pattern: string): string {
  if (isName(typed, pattern)) return typed;
  return typed
    .normalize("NFD")
    .replace(/\p{Mark}/gu, "")
    .toLowerCase()
    .replace(/[\s_-]+/g, "-")
    .replace(/^-|-$/g, "");
}

export const isName = (name: string, pattern: string) => new RegExp(`^(?:${pattern})$`).test(name);
