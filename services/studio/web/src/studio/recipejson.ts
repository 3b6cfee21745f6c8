// A recipe as JSON text.

import { toJson, type JsonValue } from "@bufbuild/protobuf";

import { RecipeSchema, type Recipe } from "../protos/mammoganesis/v1/latents_pb";

// For people: proto names, seeds as numbers (proto JSON writes 64 bit integers as text), nothing empty.
export function recipeJson(recipe: Recipe): string {
  const json = toJson(RecipeSchema, recipe, { useProtoFieldName: true });
  const tidy = (key: string, value: JsonValue) => (key === "seed" && typeof value === "string" ? Number(value) : value);
  return JSON.stringify(json, tidy as (key: string, value: unknown) => unknown, 2);
}
