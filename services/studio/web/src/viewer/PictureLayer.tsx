// One image in its pane, by Cornerstone3D.

import { useEffect, useRef } from "preact/hooks";

import type { Look, Surface } from "./surface";
import type { Size, ViewerImage } from "./types";

export type Library = typeof import("./surface");

interface PictureLayerProps {
  library: Library;
  image: ViewerImage;
  mirrored: boolean;
  pane: Size;
  look: Look;
  // Of the pane's width from its left edge, the share that is cut away; 1 hides all of it.
  cut?: number;
  onDrawn?: (key: string) => void;
}

export function PictureLayer({ library, image, mirrored, pane, look, cut = 0, onDrawn }: PictureLayerProps) {
  const element = useRef<HTMLDivElement>(null);
  const surface = useRef<Surface | null>(null);
  useEffect(() => {
    surface.current = library.openSurface(element.current!);
    return () => surface.current?.close();
  }, [library]);
  useEffect(() => surface.current?.resize(), [pane.width, pane.height]);
  const { placement, window, inverted } = look;
  useEffect(() => {
    surface.current?.look({ placement, window, inverted });
  }, [placement.left, placement.top, placement.width, placement.height, window.low, window.high, inverted]);
  useEffect(() => {
    void surface.current?.show(image, mirrored).then(() => onDrawn?.(image.key));
  }, [image.key, mirrored, library]);
  const clip = cut === 0 ? {} : { clipPath: `inset(0 0 0 ${100 * cut}%)` };
  return <div class="picture-layer" ref={element} style={clip} />;
}
