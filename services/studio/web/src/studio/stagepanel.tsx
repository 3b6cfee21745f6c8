// The stage: the picture itself.

import { useEffect, useRef } from "preact/hooks";

import { textOf } from "../state/address";
import { t } from "../texts/texts";
import type { Slot } from "../viewer/types";
import { onShow, slots, stage } from "./pictures";

export function StagePanel() {
  const [first] = slots.value;
  const { recipe, shown } = onShow.value;
  return (
    <div class="stage" data-wanted={textOf(recipe)} data-shown={shown?.text} data-quality={shown?.quality} aria-busy={stage.busy.value}>
      {first ? <StillPicture slot={first} /> : null}
      <p class="mark">{t("app.mark")}</p>
    </div>
  );
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
