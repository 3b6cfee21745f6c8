// Pixels of our own over an image: a difference map, or paint.

import { useEffect, useRef } from "preact/hooks";

import type { Placement } from "./geometry";
import type { Size } from "./types";

export interface Raster extends Size {
  // RGBA, row by row.
  readonly colours: Uint8ClampedArray<ArrayBuffer>;
}

interface RasterLayerProps {
  raster: Raster;
  pane: Size;
  placement: Placement;
  name: string; // its class
}

export function RasterLayer({ raster, pane, placement, name }: RasterLayerProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const source = useRef<HTMLCanvasElement | null>(null);
  const { left, top, width, height, mirrored } = placement;
  useEffect(() => {
    source.current ??= document.createElement("canvas");
    Object.assign(source.current, { width: raster.width, height: raster.height });
    source.current.getContext("2d")?.putImageData(new ImageData(raster.colours, raster.width, raster.height), 0, 0);
  }, [raster]);
  useEffect(() => {
    const ratio = window.devicePixelRatio;
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context || !source.current) return;
    Object.assign(canvas.current, { width: Math.round(pane.width * ratio), height: Math.round(pane.height * ratio) });
    context.scale(ratio, ratio);
    context.translate(mirrored ? left + width : left, top);
    context.scale(mirrored ? -1 : 1, 1);
    context.drawImage(source.current, 0, 0, width, height);
  }, [raster, pane.width, pane.height, left, top, width, height, mirrored]);
  return <canvas class={`raster-layer ${name}`} ref={canvas} aria-hidden="true" />;
}
