// A recipe out of what a person drops, pastes or chooses: a PNG or DICOM file of ours, a file or a text with a recipe, a link to the studio.

import { fromJsonString, type JsonValue } from "@bufbuild/protobuf";

import { RecipeSchema, type Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { ask, Refusal } from "../rpc/studio";
import { readAddress, recipeOfText } from "../state/address";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];
const KEYWORD = "mammoganesis:recipe"; // of the iTXt chunk that holds it (mammoganesis/pictures/texts.py)
const MAX_BYTES = 64 * 2 ** 20;

const DICOM = "DICM"; // at byte 128

const isDicom = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes.subarray(128, 132)) === DICOM;
const isPng = (bytes: Uint8Array) => SIGNATURE.every((byte, place) => bytes[place] === byte);

// null: there is no recipe in it.
export async function recipeOfFile(file: Blob): Promise<Recipe | null> {
  if (file.size > MAX_BYTES) return null;
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (isDicom(bytes)) return recipeOfDicom(bytes);
  if (!isPng(bytes)) return recipeOfWords(new TextDecoder().decode(bytes));
  const text = textOfPng(bytes);
  return text === null ? null : recipeOfJson(text);
}

// The studio's server reads it: DICOM is written in many ways. null also where it says that there is none of ours in it.
async function recipeOfDicom(bytes: Uint8Array<ArrayBuffer>): Promise<Recipe | null> {
  try {
    const response = await ask("dicom/recipe", new Blob([bytes], { type: "application/dicom" }));
    return recipeOfJson(await response.text());
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

// Recipe JSON, a link to the studio, or the recipe of such a link by itself; null for anything else.
export function recipeOfWords(words: string): Recipe | null {
  const text = words.trim();
  if (text.startsWith("{")) return recipeOfJson(text);
  const hash = text.includes("#") ? text.slice(text.indexOf("#")) : null;
  try {
    if (hash === null) return withOrigin(recipeOfText(text));
    const { state, mistake } = readAddress(hash);
    const says = new URLSearchParams(hash.slice(1));
    return mistake === "" && (says.has("recipe") || says.has("seed")) ? withOrigin(state.recipe) : null;
  } catch {
    return null;
  }
}

const withOrigin = (recipe: Recipe) => (recipe.origin.case === undefined ? null : recipe);

// The recipe itself, or a file in which it stands beside what it was made by.
function recipeOfJson(text: string): Recipe | null {
  try {
    const content = JSON.parse(text) as { recipe?: JsonValue };
    return withOrigin(fromJsonString(RecipeSchema, JSON.stringify(content.recipe ?? content)));
  } catch {
    return null;
  }
}

// The text of the chunk that holds the recipe, as our files write it: UTF-8, not compressed, of no language.
function textOfPng(bytes: Uint8Array): string | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, at + 8 + length);
    const beginning = new TextEncoder().encode(`${KEYWORD}\0\0\0\0\0`);
    if (kind === "iTXt" && beginning.every((byte, place) => content[place] === byte)) return new TextDecoder().decode(content.subarray(beginning.length));
    at += 12 + length;
  }
  return null;
}
