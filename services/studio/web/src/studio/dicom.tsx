// The picture on show as a DICOM file, with the side and view that it states; kept, or sent to a server that the operator has set.

import { toJson } from "@bufbuild/protobuf";
import { useEffect, useState } from "preact/hooks";

import { Button, Help } from "../parts/buttons";
import { Choice } from "../parts/fields";
import { save } from "../parts/save";
import { ImageEncoding, Side, View } from "../protos/mammoganesis/v1/images_pb";
import { RecipeSchema } from "../protos/mammoganesis/v1/latents_pb";
import { samplingService } from "../rpc/clients";
import { ask, Told } from "../rpc/studio";
import { latentOf } from "../state/recipe";
import { t } from "../texts/texts";
import { onShow } from "./pictures";

const ENCODINGS = { mammogram: ImageEncoding.DICOM, capture: ImageEncoding.DICOM_SECONDARY_CAPTURE } as const;
const SIDES = { "": Side.UNSPECIFIED, R: Side.RIGHT, L: Side.LEFT } as const;
const VIEWS = { "": View.UNSPECIFIED, CC: View.CC, MLO: View.MLO } as const;
type Kind = keyof typeof ENCODINGS;
type SideName = keyof typeof SIDES;
type ViewName = keyof typeof VIEWS;

interface Props {
  marked: boolean;
  disabled: boolean;
  run: (work: () => Promise<unknown>) => void;
  onDone: (text: string) => void;
}

export function DicomFile({ marked, disabled, run, onDone }: Props) {
  const { recipe } = onShow.value;
  const [kind, setKind] = useState<Kind>("mammogram");
  const [side, setSide] = useState<SideName>("");
  const [chosenView, setView] = useState<ViewName | null>(null);
  const [servers, setServers] = useState<readonly string[]>([]);
  const [wished, setWished] = useState("");
  const labelled = recipe.labels["view"] ?? "";
  const view = chosenView ?? (labelled in VIEWS ? (labelled as ViewName) : "");
  const server = servers.includes(wished) ? wished : (servers[0] ?? "");
  const lacks = kind === "mammogram" && (side === "" || view === "");

  useEffect(() => {
    ask("dicom")
      .then(async (response) => setServers(((await response.json()) as { servers: string[] }).servers))
      .catch(() => setServers([])); // the file itself needs none
  }, []);

  const keep = async () => {
    const format = { encoding: ENCODINGS[kind], side: SIDES[side], view: VIEWS[view], unmarked: !marked };
    const { images } = await samplingService.sample({ latents: [latentOf(recipe)], format });
    const [image] = images;
    if (image) save(image.data as Uint8Array<ArrayBuffer>, "application/dicom", `${[image.fileStem, side, view].filter(Boolean).join("_")}.dcm`);
  };
  const send = async () => {
    const response = await ask("dicom/send", {
      server,
      recipes: [toJson(RecipeSchema, recipe)],
      kind,
      side: side || null,
      view: view || null,
      mark: marked,
    });
    const { found, of, told } = (await response.json()) as { found: number; of: number; told: string };
    if (found < of) throw new Told(t("dicom.missing", { server, told }));
    onDone(t("dicom.sent", { server }));
  };
  return (
    <fieldset class="dicom">
      <legend>
        {t("dicom.title")} <Help name={t("dicom.title")}>{t("help.dicom")}</Help>
      </legend>
      <div class="row">
        <Choice
          label={t("dicom.kind")}
          value={kind}
          options={(Object.keys(ENCODINGS) as Kind[]).map((value) => ({ value, text: t(`dicom.kind.${value}`) }))}
          onChange={setKind}
        />
        <Choice
          label={t("dicom.side")}
          value={side}
          options={(["", "R", "L"] as const).map((value) => ({ value, text: value ? t(`dicom.side.${value}`) : t("dicom.notSaid") }))}
          onChange={setSide}
        />
        <Choice
          label={t("dicom.view")}
          value={view}
          options={(["", "CC", "MLO"] as const).map((value) => ({ value, text: value || t("dicom.notSaid") }))}
          onChange={setView}
        />
      </div>
      <p class="note" id="dicom-lacks" aria-live="polite">
        {lacks ? t("dicom.lacks") : ""}
      </p>
      <div class="row">
        <Button disabled={disabled || lacks} onClick={() => run(keep)}>
          {t("take.dicom")}
        </Button>
        {servers.length > 0 ? (
          <>
            <Choice label={t("dicom.server")} value={server} options={servers.map((value) => ({ value, text: value }))} onChange={setWished} />
            <Button disabled={disabled || lacks} onClick={() => run(send)}>
              {t("dicom.send")}
            </Button>
          </>
        ) : null}
      </div>
    </fieldset>
  );
}
