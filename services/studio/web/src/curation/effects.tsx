// What else a direction moves: from the bundle, or measured on request.

import { useState } from "preact/hooks";

import { turns } from "../images/turns";
import { Button } from "../parts/buttons";
import { ErrorLine } from "../parts/messages";
import { messageOf } from "../rpc/failures";
import { signed, t } from "../texts/texts";
import { saidOf, type DirectionDraft, type SideEffect } from "./draft";
import { measureEffects } from "./server";
import { attributeName, changeDirection, draft, rules } from "./store";

const LARGE = 0.5; // deviations that a reader sees

const turn = turns(1);
const strength = ({ at_start, at_end }: SideEffect) => Math.max(Math.abs(at_start), Math.abs(at_end));

interface EffectsProps {
  index: number;
  place: number;
  direction: DirectionDraft;
}

export function Effects({ index, place, direction }: EffectsProps) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState("");
  const { side_effects: effects, sigmas_start: from, sigmas_end: to } = direction;
  const wished = (one: DirectionDraft) => saidOf({ ...one, name: "measured", evidence: null, note: "", side_effects: [] }, index, rules.value);
  const measure = async () => {
    setBusy(true);
    setFailure("");
    const done = await turn();
    try {
      const asked = wished(direction);
      const effects = await measureEffects(asked);
      const there = draft.value.components[index]?.directions[place];
      // What was changed meanwhile has other effects.
      if (there && JSON.stringify(wished(there)) === JSON.stringify(asked)) changeDirection(index, place, { side_effects: effects });
    } catch (error) {
      setFailure(messageOf(error));
    } finally {
      done();
      setBusy(false);
    }
  };
  return (
    <div class="effects">
      {effects.length > 0 ? (
        <table>
          <caption>{t("curation.effects", { seeds: Math.max(...effects.map(({ num_seeds: seeds }) => seeds)) })}</caption>
          <thead>
            <tr>
              <th scope="col">{t("curation.effects.attribute")}</th>
              <th scope="col">{t("curation.effects.at", { sigmas: signed(from ?? 0) })}</th>
              <th scope="col">{t("curation.effects.at", { sigmas: signed(to ?? 0) })}</th>
            </tr>
          </thead>
          <tbody>
            {[...effects]
              .sort((a, b) => strength(b) - strength(a))
              .map((effect) => (
                <tr key={effect.attribute} class={strength(effect) >= LARGE ? "large" : ""}>
                  <th scope="row">{attributeName(effect.attribute)}</th>
                  <td>{signed(effect.at_start, 2)}</td>
                  <td>{signed(effect.at_end, 2)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      ) : (
        <Button look="quiet" disabled={busy} onClick={() => void measure()}>
          {busy ? t("curation.effects.measuring") : t("curation.effects.measure")}
        </Button>
      )}
      <ErrorLine text={failure} />
    </div>
  );
}
