// A region of the image takes its look from another image, at once with every change of a control.

import { useEffect } from "preact/hooks";

import { Button } from "../../parts/buttons";
import { Choice } from "../../parts/fields";
import { ErrorLine } from "../../parts/messages";
import { Slider } from "../../parts/slider";
import { Locality, type StyleTransfer } from "../../protos/mammoganesis/v1/latents_pb";
import type { RegionSummary } from "../../protos/mammoganesis/v1/style_transfer_pb";
import { sampleOf } from "../../state/recipe";
import { editing, regions } from "../../state/served";
import { look, recipe, state } from "../../state/store";
import { isMasked } from "../../state/transfers";
import { regionName, transferText } from "../../state/words";
import { noteOf, number, percent, t } from "../../texts/texts";
import { behind, following } from "./following";
import { HelpOn } from "./helpon";
import { OutsideNote } from "./outsidenote";
import { Reference } from "./reference";
import { colours, segments } from "./segments";
import { awaited, locality, position, reference, refusalOf, sets, transfer } from "./transfer";
import { change, changeLocality, choose, mistake, picked, prepare, refer, takeAway, toggle } from "./transferring";

export function RegionPanel() {
  useEffect(prepare, []);
  if (regions.value.length === 0) return <p class="note">{t("edit.none.regions")}</p>;
  const refused = transfer.value ? "" : refusalOf(locality.value);
  const sought = awaited.value !== null || following.value;
  const painting = sets.value > 1 && locality.value === Locality.MASKED;
  return (
    <>
      <WhichTransfer />
      <Reference title={t("edit.transfer.reference")} reference={reference.value} onRefer={refer} />
      {sets.value > 1 ? <Kind /> : null}
      <Chips />
      <p class="note">{t(painting ? "edit.transfer.how.paint" : "edit.transfer.how")}</p>
      <p class="note" role="status" hidden={!sought}>
        {sought ? t("edit.transfer.awaited") : ""}
      </p>
      <ErrorLine text={mistake.value || refused || segments.failure.value || (behind.value && t("edit.transfer.followed", { message: behind.value }))} />
      {transfer.value ? <Amounts transfer={transfer.value} /> : null}
    </>
  );
}

// Of several transfers the one that the controls belong to.
function WhichTransfer() {
  const { styleTransfers } = recipe.value;
  if (styleTransfers.length === 0) return null;
  const labels = sampleOf(recipe.value)?.labels ?? {};
  const options = styleTransfers.map((one, place) => ({ value: String(place), text: `${place + 1}. ${transferText(one, labels)}` }));
  if (position.value === null) options.push({ value: "next", text: t("edit.transfer.next") });
  return (
    <>
      {options.length > 1 ? (
        <Choice
          label={t("edit.transfer.which")}
          value={position.value === null ? "next" : String(position.value)}
          options={options}
          onChange={(value) => choose(value === "next" ? "next" : Number(value))}
        />
      ) : null}
      {position.value === null ? null : (
        <div class="row">
          <Button onClick={() => choose("next")}>{t("edit.transfer.another")}</Button>
        </div>
      )}
    </>
  );
}

function Kind() {
  return (
    <Choice
      label={t("edit.transfer.kind")}
      value={String(locality.value)}
      options={[
        { value: String(Locality.MASKED), text: t("edit.transfer.kind.masked") },
        { value: String(Locality.CHANNELS), text: t("edit.transfer.kind.channels") },
      ]}
      onChange={(value) => changeLocality(Number(value))}
      help={<HelpOn topic="locality" name={t("edit.transfer.kind")} />}
    />
  );
}

// The regions, those that the curator set aside last.
function Chips() {
  const labels = sampleOf(recipe.value)?.labels ?? {};
  const ordered = [...regions.value].sort((a, b) => Number(a.rejected) - Number(b.rejected));
  const shown = state.value.expert ? ordered : ordered.filter((region) => !region.rejected || picked.value.includes(region.index));
  const notes = ordered.filter(({ index, note }) => note && picked.value.includes(index));
  return (
    <div class="field" role="group" aria-labelledby="regions-label">
      <span class="label">
        <span id="regions-label">{t("edit.transfer.regions")}</span>
        <HelpOn topic="region" name={t("edit.transfer.regions")} />
      </span>
      <div class="chips">
        {shown.map((region) => (
          <Chip key={region.index} region={region} name={regionName(region, region.index, labels)} />
        ))}
      </div>
      {notes.map(({ index, name, note }) => (
        <p key={index} class="note">
          {noteOf("region", name, note)}
        </p>
      ))}
    </div>
  );
}

function Chip({ region, name }: { region: RegionSummary; name: string }) {
  const isPicked = picked.value.includes(region.index);
  return (
    <button type="button" class="chip" aria-pressed={isPicked} onClick={() => toggle(region.index)}>
      <i style={{ "--tint": colours.value.get(region.index) }} aria-hidden="true" />
      {name}
      {region.rejected ? <small>{t("edit.component.rejected")}</small> : null}
    </button>
  );
}

function Amounts({ transfer }: { transfer: StyleTransfer }) {
  const { strength: full, rho, epsilon, maxEpsilon } = editing.value;
  const masked = isMasked(transfer);
  return (
    <>
      <Slider
        label={t("edit.transfer.strength")}
        value={transfer.strength ?? full}
        range={{ from: 0, to: 1 }}
        step={0.05}
        rest={full}
        text={percent(transfer.strength ?? full)}
        {...follows((copy, value) => (copy.strength = value))}
        help={<HelpOn topic="strength" name={t("edit.transfer.strength")} />}
      />
      {masked && state.value.expert ? (
        <Slider
          label={t("edit.transfer.feather")}
          value={transfer.mask?.feather ?? FEATHER}
          range={{ from: 0, to: MAX_FEATHER }}
          step={0.005}
          rest={FEATHER}
          text={percent(transfer.mask?.feather ?? FEATHER)}
          {...follows((copy, feather) => {
              if (copy.mask) copy.mask.feather = feather;
            })}
          help={<HelpOn topic="feather" name={t("edit.transfer.feather")} />}
        />
      ) : null}
      {!masked && state.value.expert ? (
        <>
          <Slider
            label={t("edit.transfer.epsilon")}
            value={transfer.epsilon ?? epsilon}
            range={{ from: 0, to: Math.max(transfer.epsilon ?? 0, Math.min(maxEpsilon, 10 * epsilon)) }}
            step={0.5}
            rest={epsilon}
            text={number(transfer.epsilon ?? epsilon, 1)}
            {...follows((copy, value) => (copy.epsilon = value))}
            help={<HelpOn topic="epsilon" name={t("edit.transfer.epsilon")} />}
          />
          <Slider
            label={t("edit.transfer.rho")}
            value={transfer.rho ?? rho}
            range={{ from: 0, to: 1 }}
            step={0.01}
            rest={rho}
            text={number(transfer.rho ?? rho, 2)}
            {...follows((copy, value) => (copy.rho = value))}
            help={<HelpOn topic="rho" name={t("edit.transfer.rho")} />}
          />
        </>
      ) : null}
      {transfer.layerEpsilons.length > 0 ? (
        <p class="note">{t("edit.transfer.layers", { layers: transfer.layerEpsilons.map(({ layer, epsilon: own }) => `${layer}: ${own}`).join(", ") })}</p>
      ) : null}
      <OutsideNote />
      <div class="row">
        <Button onClick={() => look({ viewer: { ...state.value.viewer, layout: "single", compare: state.value.viewer.compare === "difference" ? "none" : "difference" } })} pressed={state.value.viewer.compare === "difference"} keys="d">
          {t("edit.transfer.difference")}
        </Button>
        <Button look="quiet" onClick={takeAway}>
          {t("edit.transfer.remove")}
        </Button>
      </div>
    </>
  );
}

const FEATHER = 0.02; // Mask.feather where a recipe names none (latents.proto)
const MAX_FEATHER = 0.25;

// What a slider does to the transfer under edit while it moves and when it rests.
const follows = (set: (copy: StyleTransfer, value: number) => void) => ({
  onMove: (value: number) => change((copy) => set(copy, value), true),
  onSettle: (value: number) => change((copy) => set(copy, value)),
});
