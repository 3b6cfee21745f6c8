// What a person takes away: always the picture on show, with the mark burnt in unless it is asked for without.

import { useEffect, useRef, useState } from "preact/hooks";

import { Button, Help } from "../parts/buttons";
import { Check } from "../parts/fields";
import { ErrorLine } from "../parts/messages";
import { save } from "../parts/save";
import { ImageEncoding } from "../protos/mammoganesis/v1/images_pb";
import { samplingService } from "../rpc/clients";
import { messageOf } from "../rpc/failures";
import { textOf } from "../state/address";
import { latentOf } from "../state/recipe";
import { dimensions } from "../state/served";
import { mayHave, mayTakeUnmarked } from "../session/session";
import { titleOf } from "../state/words";
import { t } from "../texts/texts";
import { DicomFile } from "./dicom";
import { onShow } from "./pictures";
import { recipeJson } from "./recipejson";
import { Several } from "./several";

const HELP = ["help.png8", "help.png16", "help.recipe", "help.link", "help.mark"] as const;

export function TakeAway() {
  const [unmarked, setUnmarked] = useState(false);
  const [failure, setFailure] = useState("");
  const [done, setDone] = useState("");
  const [saving, setSaving] = useState(false);
  const { recipe, shown } = onShow.value;
  const said = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (done) said.current?.scrollIntoView({ block: "nearest" }); // on a phone it stands below what was pressed, out of sight
  }, [done]);

  const run = (work: () => Promise<unknown>) => {
    setFailure("");
    setDone("");
    setSaving(true);
    work()
      .catch((error: unknown) => setFailure(messageOf(error)))
      .finally(() => setSaving(false));
  };
  const savePicture = (encoding: ImageEncoding) => async () => {
    const { images } = await samplingService.sample({ latents: [latentOf(recipe)], format: { encoding, burnInMark: !unmarked } });
    const [image] = images;
    if (image) save(image.data as Uint8Array<ArrayBuffer>, "image/png", `${image.fileStem}${encoding === ImageEncoding.PNG_16 ? "_16bit" : ""}.png`);
  };
  const saveRecipe = async () => {
    if (shown?.image.recipe) save(`${recipeJson(shown.image.recipe)}\n`, "application/json", `${shown.image.fileStem}.json`);
  };
  const copyLink = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      setDone(t("take.linkCopied"));
    } catch {
      setFailure(t("take.linkFailed"));
    }
  };
  return (
    <section class="group" aria-labelledby="take-title">
      <div class="label">
        <h2 id="take-title" class="title">
          {t("take.title")}
        </h2>
        <Help name={t("take.title")}>{HELP.map((key) => t(key)).join(" ")}</Help>
      </div>
      <p class="note">{titleOf(recipe)}</p>
      <div class="row">
        <Button look="primary" disabled={saving} onClick={() => run(savePicture(ImageEncoding.PNG_8))}>
          {t("take.png8")}
        </Button>
        {dimensions.value?.channels === 1 ? (
          <Button disabled={saving} onClick={() => run(savePicture(ImageEncoding.PNG_16))}>
            {t("take.png16")}
          </Button>
        ) : null}
        <Button disabled={saving || !shown} onClick={() => run(saveRecipe)}>
          {t("take.recipe")}
        </Button>
        <Button onClick={() => run(copyLink)}>{t("take.link")}</Button>
        {mayHave("cases") ? (
          <a class="button" href={`cases#add=${textOf(recipe)}`}>
            {t("take.case")}
          </a>
        ) : null}
      </div>
      {mayTakeUnmarked() ? (
        <Check checked={unmarked} onChange={setUnmarked}>
          {t("take.unmarked")}
        </Check>
      ) : (
        <p class="note">{t("take.alwaysMarked")}</p>
      )}
      {dimensions.value?.channels === 1 ? <DicomFile marked={!unmarked} disabled={saving} run={run} onDone={setDone} /> : null}
      <Several marked={!unmarked} disabled={saving} run={run} />
      <ErrorLine text={failure} reveals />
      <p class="done" role="status" ref={said}>
        {done}
      </p>
    </section>
  );
}
