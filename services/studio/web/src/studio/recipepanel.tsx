// The recipe of the picture on show: in words, as JSON, with what it belongs to.

import { useEffect, useState } from "preact/hooks";

import { Message } from "../parts/messages";
import type { Recipe } from "../protos/mammoganesis/v1/latents_pb";
import { samplingService } from "../rpc/clients";
import { isCancelled, messageOf } from "../rpc/failures";
import { textOf } from "../state/address";
import { latentOf } from "../state/recipe";
import { language, t } from "../texts/texts";
import { onShow } from "./pictures";
import { recipeJson } from "./recipejson";

export function RecipePanel() {
  const { shown } = onShow.value;
  const complete = shown?.image.recipe;
  const sentences = useSentences(complete);
  if (!shown || !complete) return null;
  const facts = [
    [t("recipe.latent"), shown.image.latentId],
    [t("recipe.model"), complete.bundleName],
    [t("recipe.digest"), shown.image.bundleDigest],
  ];
  return (
    <section class="group" aria-labelledby="recipe-title">
      <h2 id="recipe-title">{t("recipe.title")}</h2>
      <ol class="sentences" aria-label={t("recipe.what")}>
        {sentences.map((sentence) => (
          <li key={sentence}>
            <Message text={sentence} />
          </li>
        ))}
      </ol>
      <p class="note">{t("take.same")}</p>
      <details>
        <summary>{t("recipe.show")}</summary>
        <dl class="facts">
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd title={value}>{value}</dd>
            </div>
          ))}
        </dl>
        <pre tabIndex={0} role="region" aria-label={t("recipe.json")}>
          {recipeJson(complete)}
        </pre>
      </details>
    </section>
  );
}

// The recipe in plain words, a sentence a step, as the server puts it.
function useSentences(recipe: Recipe | undefined): string[] {
  const [sentences, setSentences] = useState<string[]>([]);
  const key = recipe ? textOf(recipe) : "";
  useEffect(() => {
    if (!recipe) return undefined;
    const controller = new AbortController();
    samplingService.describeRecipe({ latent: latentOf(recipe), language: language.value }, { signal: controller.signal }).then(
      (answer) => setSentences(answer.sentences),
      (error: unknown) => {
        if (!isCancelled(error)) setSentences([t("recipe.noWords", { message: messageOf(error) })]);
      },
    );
    return () => controller.abort();
  }, [key, language.value]);
  return sentences;
}
