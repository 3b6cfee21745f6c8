// The page's words for what the services say in numbers.

import { Density } from "../protos/mammoganesis/v1/cases_pb";
import { Side, View } from "../protos/mammoganesis/v1/images_pb";
import { StudyState } from "../protos/mammoganesis/v1/studies_pb";
import { StudyAwareness, type StudyTask } from "../protos/mammoganesis/v1/study_design_pb";
import { DENSITIES } from "../teaching/words";
import { number, t } from "../texts/texts";
import { KINDS, kindOf, type Kind, type Named } from "./design";

const STATES: Record<StudyState, "draft" | "ready" | "open" | "closed"> = {
  [StudyState.UNSPECIFIED]: "draft",
  [StudyState.DRAFT]: "draft",
  [StudyState.READY]: "ready",
  [StudyState.OPEN]: "open",
  [StudyState.CLOSED]: "closed",
};

export const stateName = (state: StudyState) => STATES[state];
export const stateWord = (state: StudyState) => t(`studies.state.${STATES[state]}`);

export const AWARENESSES = ["unaware", "informed", "afterCues"] as const;
export type Awareness = (typeof AWARENESSES)[number];
const AWARE: Record<Awareness, StudyAwareness> = { unaware: StudyAwareness.UNAWARE, informed: StudyAwareness.INFORMED, afterCues: StudyAwareness.AFTER_CUES };

export const awarenessOf = (name: Awareness): StudyAwareness => AWARE[name];
export const awarenessName = (value: StudyAwareness): Awareness => AWARENESSES.find((name) => AWARE[name] === value) ?? "informed";

export const kindWord = (kind: Kind) => t(`task.kind.${kind}`);
export const taskWord = (task: StudyTask) => kindWord(kindOf(task));

// How far something long is.
export const share = (done: number, total: number) => t("progress.of", { done: number(done), total: number(total) });

// Names of what a new study begins with.
export const named = (title: string): Named => ({
  title,
  phase: t("phase.name.first"),
  unaware: t("phase.name.unaware"),
  informed: t("phase.name.informed"),
  afterCues: t("phase.name.afterCues"),
  ...(Object.fromEntries(KINDS.map((kind) => [kind, t(`task.name.${kind}`)])) as Record<Kind, string>),
});

export const suggestedCues = () => [1, 2, 3].map((number) => t(`phase.cue.${number as 1 | 2 | 3}`));

export const viewName = (view: View): string => ({ [View.UNSPECIFIED]: "", [View.CC]: "CC", [View.MLO]: "MLO" })[view];
export const sideName = (side: Side): string => ({ [Side.UNSPECIFIED]: "", [Side.LEFT]: t("images.side.left"), [Side.RIGHT]: t("images.side.right") })[side];

export function densityName(density: Density): string {
  const { code } = DENSITIES.find(({ value }) => value === density) ?? {};
  return code ? t("reals.density", { code }) : "";
}
