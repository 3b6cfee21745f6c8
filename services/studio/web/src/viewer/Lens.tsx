// The magnifier: a round part of the image, larger, where the pointer or the cross is.

import { bounded, type Placement, toPoint } from "./geometry";
import { type Library, PictureLayer } from "./PictureLayer";
import type { Look } from "./surface";
import type { Place, Size, ViewerImage } from "./types";

interface LensProps {
  library: Library;
  image: ViewerImage;
  mirrored: boolean;
  look: Look;
  at: Place;
  pane: Size;
}

const TIMES = 2.5;
const MOST = 220; // CSS pixels across

export function Lens({ library, image, mirrored, look, at, pane }: LensProps) {
  const across = Math.min(MOST, pane.width, pane.height);
  const [x, y] = toPoint(look.placement, at);
  const left = bounded(x - across / 2, 0, pane.width - across);
  const top = bounded(y - across / 2, 0, pane.height - across);
  const placement: Placement = {
    ...look.placement,
    left: x - left - TIMES * (x - look.placement.left),
    top: y - top - TIMES * (y - look.placement.top),
    width: TIMES * look.placement.width,
    height: TIMES * look.placement.height,
  };
  return (
    <div class="lens" style={{ left: `${left}px`, top: `${top}px`, width: `${across}px`, height: `${across}px` }}>
      <PictureLayer library={library} image={image} mirrored={mirrored} pane={{ width: across, height: across }} look={{ ...look, placement }} />
    </div>
  );
}
