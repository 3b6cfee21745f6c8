// The stage: the viewer once its library is there, the bare picture until then.

import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { ErrorLine } from "../parts/messages";
import { textOf } from "../state/address";
import { look, state } from "../state/store";
import { t } from "../texts/texts";
import type { Slot, ViewerProps } from "../viewer/types";
import { useRegionDrawing } from "./edit/drawing";
import { onShow, slots, stage } from "./pictures";

export function StagePanel() {
  const { Viewer, failed } = useViewer();
  const { drawing, overlays } = useRegionDrawing();
  const [first] = slots.value;
  const { recipe, shown } = onShow.value;
  if (!first) return null;
  return (
    <div
      class="stage"
      data-recipe={textOf(state.value.recipe)}
      data-wanted={textOf(recipe)}
      data-shown={shown?.text}
      data-quality={shown?.quality}
      aria-busy={stage.busy.value}
    >
      {Viewer ? (
        <Viewer
          name={t("studio.stage")}
          slots={slots.value}
          state={state.value.viewer}
          onState={(viewer) => look({ viewer })}
          overlays={overlays}
          drawing={drawing}
        />
      ) : (
        <StillPicture slot={first} />
      )}
      <ErrorLine text={failed ? t("viewer.noLibrary") : ""} />
      <p class="mark">{t("app.mark")}</p>
    </div>
  );
}

// The viewer's library is large: the first picture comes before it.
function useViewer(): { Viewer: ComponentType<ViewerProps> | null; failed: boolean } {
  const [Viewer, setViewer] = useState<ComponentType<ViewerProps> | null>(null);
  const [failed, setFailed] = useState(false);
  const isThere = stage.shown.value !== null;
  useEffect(() => {
    if (!isThere) return;
    import("../viewer/Viewer").then(
      (module) => setViewer(() => module.Viewer),
      () => setFailed(true),
    );
  }, [isThere]);
  return { Viewer, failed };
}

// A picture without tools.
function StillPicture({ slot }: { slot: Slot }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const image = "image" in slot ? slot.image : null;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!image || !context) return;
    const { pixels, width, height, bits } = image;
    const data = context.createImageData(width, height);
    const shift = bits - 8;
    pixels.forEach((value, i) => data.data.set([value >> shift, value >> shift, value >> shift, 255], 4 * i));
    context.putImageData(data, 0, 0);
  }, [image?.key]);
  return (
    <figure class="still" aria-busy={!image}>
      {image ? <canvas ref={canvas} width={image.width} height={image.height} role="img" aria-label={image.title} /> : <span class="skeleton">{t("state.loading")}</span>}
    </figure>
  );
}
