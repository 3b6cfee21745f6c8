// What is said of a file: the verdict in plain words, where it was altered, and the images that it may be a copy of.

import { useEffect, useState } from "preact/hooks";

import { hostOf } from "../parts/host";
import { when } from "../parts/when";
import { ImageSignature, ImageVerdict, type PictureAlteration, type RegistryEntry, type RegistryMatch } from "../protos/mammoganesis/v1/registry_pb";
import { counted, likeness as likenessText, number, percent, t, type TextKey } from "../texts/texts";
import type { Judged } from "./store";

type Tone = "good" | "alarm" | "open";

const VERDICTS: Record<ImageVerdict, { key: string; tone: Tone }> = {
  [ImageVerdict.UNSPECIFIED]: { key: "notOurs", tone: "open" },
  [ImageVerdict.UNCHANGED]: { key: "unchanged", tone: "good" },
  [ImageVerdict.OTHER_FORM]: { key: "otherForm", tone: "good" },
  [ImageVerdict.ADDED]: { key: "added", tone: "alarm" },
  [ImageVerdict.METADATA_CHANGED]: { key: "metadata", tone: "alarm" },
  [ImageVerdict.PIXELS_CHANGED]: { key: "pixels", tone: "alarm" },
  [ImageVerdict.RECIPE_FOUND]: { key: "found", tone: "good" },
  [ImageVerdict.NEAR_MATCH]: { key: "near", tone: "open" },
  [ImageVerdict.RECIPE_LOST]: { key: "lost", tone: "open" },
  [ImageVerdict.OTHER_BUNDLE]: { key: "otherBundle", tone: "open" },
  [ImageVerdict.NOT_OURS]: { key: "notOurs", tone: "open" },
  [ImageVerdict.DAMAGED]: { key: "damaged", tone: "alarm" },
};

const SIGNATURES: Partial<Record<ImageSignature, TextKey>> = {
  [ImageSignature.RIGHT]: "verify.signature.right",
  [ImageSignature.WRONG]: "verify.signature.wrong",
  [ImageSignature.UNKNOWN_KEY]: "verify.signature.unknown",
};

const MATCHES_SHOWN = 5;

export function Finding({ name, file, answer }: Judged) {
  const { key, tone } = VERDICTS[answer.verdict];
  const signed = SIGNATURES[answer.signature];
  return (
    <section class="finding" aria-labelledby="verdict">
      <p class="note">{name}</p>
      <h2 id="verdict" class={tone}>
        {t(`verdict.${key}` as TextKey)}
      </h2>
      <p class="prose">{t(`verdict.${key}.means` as TextKey)}</p>
      {signed ? <p>{t(signed, { key: answer.signingKeyId })}</p> : null}
      {answer.alteration ? <Altered name={name} file={file} alteration={answer.alteration} /> : null}
      <Matches matches={answer.matches} />
      {answer.detail ? (
        <p class="note detail">
          {t("verify.detail")} {answer.detail}
        </p>
      ) : null}
    </section>
  );
}

function Altered({ name, file, alteration }: { name: string; file: File; alteration: PictureAlteration }) {
  const { areas, share, picture } = alteration;
  const drawn = useAddress(picture);
  const given = useAddress(file);
  const [readable, setReadable] = useState(true); // a DICOM or TIFF file is no picture to a browser
  return (
    <>
      <p>{areas.length > 0 ? counted("verify.areas", areas.length, { share: percent(share) }) : t("verify.noAreas")}</p>
      <div class="pictures">
        {readable && given ? (
          <figure>
            <img src={given} alt={t("verify.given.alt", { name })} onError={() => setReadable(false)} />
            <figcaption>{t("verify.given")}</figcaption>
          </figure>
        ) : null}
        {drawn && areas.length > 0 ? (
          <figure>
            <img src={drawn} alt={t("verify.drawn.alt")} />
            <figcaption>{t("verify.drawn")}</figcaption>
          </figure>
        ) : null}
      </div>
      {areas.length > 0 ? (
        <ol class="areas">
          {areas.map(({ left, top, width, height }) => (
            <li key={`${left} ${top}`}>{t("verify.area", { width: number(width), height: number(height), left: number(left), top: number(top) })}</li>
          ))}
        </ol>
      ) : null}
    </>
  );
}

function Matches({ matches }: { matches: RegistryMatch[] }) {
  if (matches.length === 0) return null;
  return (
    <>
      <h3>{t("verify.matches")}</h3>
      <ul class="matches">
        {matches.slice(0, MATCHES_SHOWN).map(({ entry, likeness, samePixels, mirrored }) => (
          <li key={String(entry?.number)}>
            <strong>{samePixels ? t("verify.same") : t(mirrored ? "verify.alikeMirrored" : "verify.alike", { likeness: likenessText(likeness) })}</strong>{" "}
            {handedOut(entry)}{" "}
            <code>{entry?.latentId}</code>
          </li>
        ))}
      </ul>
    </>
  );
}

// To whom is said to those alone whom the registry is open to.
function handedOut(entry: RegistryEntry | undefined): string {
  const values = { number: String(entry?.number ?? ""), when: when(entry?.answeredAt) };
  return entry?.caller ? t("verify.entry.to", { ...values, caller: hostOf(entry.caller) }) : t("verify.entry", values);
}

// An address of a picture for as long as it is shown.
function useAddress(content: Uint8Array | File): string {
  const [address, setAddress] = useState("");
  useEffect(() => {
    const blob = content instanceof File ? content : new Blob([content as Uint8Array<ArrayBuffer>], { type: "image/png" });
    const url = URL.createObjectURL(blob);
    setAddress(url);
    return () => URL.revokeObjectURL(url);
  }, [content]);
  return address;
}
