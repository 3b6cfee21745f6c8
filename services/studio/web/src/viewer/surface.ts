// Pictures by Cornerstone3D: 16-bit values, window and camera on the graphics card, or on the processor where there is none.
// Large, and therefore fetched by import() when a viewer opens; nothing may import it otherwise.

import { cache, Enums, imageLoader, init, metaData, RenderingEngine, type Types } from "@cornerstonejs/core";
import { getRenderingCapabilities } from "@cornerstonejs/core/utilities/renderingCapabilities";

import type { Placement } from "./geometry";
import { asShown } from "./picture";
import type { Picture, Window } from "./types";

export type Renderer = "graphics" | "processor";

// One picture in an element of the page.
export interface Surface {
  // Resolves when the picture is drawn, or when another has been asked for meanwhile; the one before stays in sight until then.
  show(picture: Picture, mirrored: boolean): Promise<void>;
  look(look: Look): void;
  // The element has another size.
  resize(): void;
  close(): void;
}

export interface Look {
  readonly placement: Placement;
  readonly window: Window;
  readonly inverted: boolean;
}

const DISTANCE = 100; // of the camera: any before the picture will do

let engine: RenderingEngine | null = null;
let renderer: Renderer = "processor";
let opened = 0;

// Settled by the first that asks: a graphics card that is emulated on the processor is slower than the processor itself.
export function settleRenderer(wished: Renderer | "any" = "any"): Renderer {
  if (engine) return renderer;
  const { webgl, softwareRasterizer } = getRenderingCapabilities();
  renderer = webgl && (wished === "graphics" || (wished === "any" && !softwareRasterizer)) ? "graphics" : "processor";
  init({ rendering: { useCPURendering: renderer === "processor" } } as Parameters<typeof init>[0]);
  metaData.addProvider((module: string) => (module === Enums.MetadataModules.GENERAL_SERIES ? { modality: "MG" } : undefined));
  engine = new RenderingEngine("viewer");
  return renderer;
}

export function openSurface(element: HTMLDivElement): Surface {
  settleRenderer();
  return new StackSurface(engine!, element, `picture${++opened}`);
}

class StackSurface implements Surface {
  readonly #viewport: Types.IStackViewport;
  readonly #before = document.createElement("canvas"); // what was drawn last, while the next is being prepared
  #turn = 0;
  #work: Promise<void> = Promise.resolve();
  #picture: Picture | null = null;
  #look: Look | null = null;
  #closed = false;

  constructor(
    private readonly engine: RenderingEngine,
    private readonly element: HTMLDivElement,
    private readonly name: string,
  ) {
    engine.enableElement({ viewportId: name, element, type: Enums.ViewportType.STACK });
    element.removeAttribute("tabindex"); // the keyboard's place is the whole viewer
    this.#viewport = engine.getViewport(name) as Types.IStackViewport;
    this.#before.className = "picture-before";
    this.#before.hidden = true;
    element.append(this.#before);
  }

  show(picture: Picture, mirrored: boolean): Promise<void> {
    const turn = ++this.#turn;
    this.#work = this.#work.then(async () => {
      if (turn === this.#turn && !this.#closed) await this.#show(picture, mirrored);
    });
    return this.#work;
  }

  async #show(picture: Picture, mirrored: boolean): Promise<void> {
    const former = this.#viewport.getCurrentImageId() as string | undefined;
    const id = former === `memory:${this.name}/even` ? `memory:${this.name}/odd` : `memory:${this.name}/even`;
    const values = asShown(picture, mirrored).pixels;
    const { width, height, bits } = picture;
    const options = { scalarData: values, dimensions: [width, height] as Types.Point2, spacing: [1, 1] as Types.Point2, frameOfReferenceUID: id };
    const image = imageLoader.createAndCacheLocalImage(id, options);
    // Without a window of its own, white would lie below black on the graphics card.
    Object.assign(image, { windowCenter: 2 ** (bits - 1), windowWidth: 2 ** bits });
    this.#keepBefore();
    await this.#viewport.setStack([id]);
    if (former) cache.removeImageLoadObject(former, { force: true });
    this.#picture = picture;
    await this.#drawn(() => this.#apply());
    this.#before.hidden = true;
  }

  look(look: Look): void {
    this.#look = look;
    if (this.#picture && !this.#closed) this.#apply();
  }

  resize(): void {
    if (this.#closed) return;
    if (renderer === "graphics") this.engine.resize(true, true);
    else fitted(this.#viewport.canvas);
    if (this.#picture) this.#apply();
  }

  close(): void {
    this.#closed = true;
    const id = this.#viewport.getCurrentImageId();
    this.engine.disableElement(this.name);
    if (id && cache.getImage(id)) cache.removeImageLoadObject(id, { force: true });
    this.element.replaceChildren();
  }

  #keepBefore(): void {
    if (!this.#picture) return;
    const { canvas } = this.#viewport;
    Object.assign(this.#before, { width: canvas.width, height: canvas.height });
    this.#before.getContext("2d")?.drawImage(canvas, 0, 0);
    this.#before.hidden = false;
  }

  #apply(): void {
    if (!this.#look || !this.#picture) return;
    const { window, inverted } = this.#look;
    const range = 2 ** this.#picture.bits - 1;
    this.#viewport.setProperties({ voiRange: { lower: window.low * range, upper: window.high * range }, invert: inverted });
    this.#aim(this.#look.placement, this.#picture);
    this.#viewport.render();
  }

  // Points the camera so that the picture covers its placement.
  #aim(placement: Placement, picture: Picture): void {
    const { clientWidth, clientHeight } = this.element;
    const scale = placement.width / picture.width; // CSS pixels per pixel
    const across = (clientWidth / 2 - placement.left) / scale;
    const down = (clientHeight / 2 - placement.top) / scale;
    if (renderer === "graphics") {
      const [x, y] = [across - 0.5, down - 0.5]; // its pixels have their middles at whole numbers
      const parallelScale = clientHeight / (2 * scale);
      this.#viewport.setCamera({ parallelScale, focalPoint: [x, y, 0], position: [x, y, -DISTANCE] });
    } else {
      this.#viewport.setCamera({ scale: (scale * this.#viewport.canvas.width) / clientWidth });
      this.#viewport.setCamera({ focalPoint: [across, down, 0] });
    }
  }

  // Once the next frame is drawn after `change`.
  #drawn(change: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.element.addEventListener(Enums.Events.IMAGE_RENDERED, () => resolve(), { once: true });
      change();
    });
  }
}

// As many pixels as the screen has where the canvas lies.
function fitted(canvas: HTMLCanvasElement): void {
  const ratio = window.devicePixelRatio;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
}
