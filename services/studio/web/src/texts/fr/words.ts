import type { words as english } from "../en/words";

export const words: Record<keyof typeof english, string> = {
  "words.seed": "graine {seed}",
  "words.code": "un code explicite",
  "words.interpolation": "entre deux images, {percent}",
  "words.mixing": "{base}, couches {from} à {to} de {style}",
  "words.psi": "ψ {psi}",
  "words.move": "{name} {sigmas} ET",
  "words.moveTo": "{name} à {sigmas} ET",
  "words.layers": "couches {from} à {to}",
  "words.component": "composante {index}",
  "words.transfer": "{regions} de {reference}",
  "words.area": "zone peinte",
  "words.region": "région {index}",
  "words.noise.const": "bruit constant",
  "words.noise.random": "bruit {seed}",
  "words.noise.none": "sans bruit",
  "words.noise.interpolated": "bruit entre deux images",
  "words.removed": "sans {name}",
};
