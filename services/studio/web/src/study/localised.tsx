// Marks against true places: the LROC in words, as a plot and a table, and the images with what was marked in them.

import { known, number, percent, t } from "../texts/texts";
import { amount, interval, withInterval } from "./figures";
import { pickedMarks, type Localisation, type Lroc, type MarkedImage } from "./resultdata";
import { LrocPlot } from "./resultplots";
import { Numbers, proportion } from "./resulttables";
import { StudyPicture } from "./studypicture";

const SHOWN = 8;
const KINDS = ["placed", "marked"] as const;

interface LocalisedProps {
  found: Localisation;
  fixed: boolean;
  level: number;
  studyId: string;
}

export function Localised({ found, fixed, level, studyId }: LocalisedProps) {
  const { lroc } = found;
  const images = pickedMarks(found.images, SHOWN);
  return (
    <section class="block" aria-labelledby="localised">
      <h3 id="localised">{t("results.lroc")}</h3>
      {lroc ? <Said found={found} lroc={lroc} fixed={fixed} /> : <p class="note">{t("results.lroc.none")}</p>}
      {lroc ? <LrocPlot readers={lroc.readers} /> : null}
      {lroc ? <Readers found={found} lroc={lroc} fixed={fixed} level={level} /> : null}
      {found.left_out > 0 ? <p class="note">{t("results.lroc.leftOut", { count: number(found.left_out) })}</p> : null}
      {KINDS.map((kind) =>
        images[kind].length === 0 ? null : (
          <section key={kind} class="block" aria-labelledby={`marks-${kind}`}>
            <h4 id={`marks-${kind}`}>{t(`results.lroc.${kind}`)}</h4>
            <ul class="reals">
              {images[kind].map((one) => (
                <li key={one.name}>
                  <Marked one={one} studyId={studyId} />
                  <p class="real-name">{known(`origin.${one.origin}`, one.origin)}</p>
                  <p class="note">
                    {kind === "placed"
                      ? t("results.lroc.foundBy", { count: number(one.found), total: number(one.readings) })
                      : t("results.lroc.marksIn", { count: number(one.marks.length), total: number(one.readings) })}
                  </p>
                </li>
              ))}
            </ul>
          </section>
        ),
      )}
    </section>
  );
}

const estimateOf = (mean: Lroc["area"], fixed: boolean) => (mean ? mean[fixed ? "fixed_readers" : "random_readers"] : null);

// What was found, in a sentence.
function Said({ found, lroc, fixed }: { found: Localisation; lroc: Lroc; fixed: boolean }) {
  const located = estimateOf(lroc.located, fixed);
  const area = estimateOf(lroc.area, fixed);
  const covered = found.covered === null ? amount(null) : percent(found.covered);
  if (!located || !area) {
    const sum = (by: "count" | "total") => lroc.readers.reduce((all, one) => all + one.located[by], 0);
    return (
      <>
        <p class="conclusion">{t("results.lroc.some", { count: number(sum("count")), total: number(sum("total")), covered })}</p>
        {lroc.reason ? <p class="note">{lroc.reason}</p> : null}
      </>
    );
  }
  return <p class="conclusion">{t("results.lroc.said", { located: percent(located.value), area: amount(area.value), interval: interval(area.interval), covered })}</p>;
}

function Readers({ found, lroc, fixed, level }: { found: Localisation; lroc: Lroc; fixed: boolean; level: number }) {
  const located = estimateOf(lroc.located, fixed);
  const area = estimateOf(lroc.area, fixed);
  const rows = lroc.readers.map((one) => ({
    head: one.reader,
    cells: [t("results.images", { positives: number(one.positives), negatives: number(one.negatives) }), proportion(one.located), withInterval(one.area, one.interval)],
    strong: false,
  }));
  if (located && area && lroc.area) {
    const head = t("results.lroc.mean", { whom: t(`results.whom.${fixed ? "fixed" : "random"}`) });
    rows.push({ head, cells: [t(`results.method.${lroc.area.method}`), withInterval(located.value, located.interval), withInterval(area.value, area.interval)], strong: true });
  }
  return (
    <Numbers
      title={t("results.lroc.readers", { level: percent(level) })}
      heads={[t("results.head.reader"), t("results.lroc.images"), t("results.lroc.located"), t("results.lroc.area")]}
      rows={rows}
      note={t("results.lroc.note", { tolerance: number(100 * found.tolerance, 1) })}
    />
  );
}

const points = (ring: [number, number][]) => ring.map(([x, y]) => `${100 * x},${100 * y}`).join(" ");

// A picture with the outline of what was changed in it, rings for marks that meet it, and crosses for others.
function Marked({ one, studyId }: { one: MarkedImage; studyId: string }) {
  return (
    <div class="marked-picture">
      <StudyPicture studyId={studyId} which={{ case: "picture", value: one.name }} />
      <svg viewBox="0 0 100 100" aria-hidden="true">
        {one.place.map((ring, key) => (
          <polygon key={key} class="place" points={points(ring)} />
        ))}
        {one.marks.map(({ x, y, met }, key) =>
          met ? <circle key={key} class="met" cx={100 * x} cy={100 * y} r="2.4" /> : <path key={key} class="beside" d={`M${100 * x - 2} ${100 * y - 2}l4 4m0 -4l-4 4`} />,
        )}
      </svg>
    </div>
  );
}
