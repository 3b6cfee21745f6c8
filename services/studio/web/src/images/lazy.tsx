// A small picture that is asked for when it comes into sight.

import { useEffect, useRef, useState } from "preact/hooks";

import { Message } from "../parts/messages";
import { isCancelled, limitEnds, messageOf, retryAfter } from "../rpc/failures";
import { t } from "../texts/texts";
import { turns } from "./turns";

// Pictures that are asked for, so many at a time, and remembered, so many of them, the latest asked for last.
export class Album {
  private readonly urls = new Map<string, string>(); // blob: addresses, which belong to the album
  private readonly turn: () => Promise<() => void>;

  constructor(
    atOnce: number,
    private readonly most: number,
  ) {
    this.turn = turns(atOnce);
  }

  has(key: string): boolean {
    return this.urls.has(key);
  }

  remember(key: string, picture: Blob): string {
    const url = URL.createObjectURL(picture);
    this.urls.set(key, url);
    const [oldest] = this.urls.keys();
    if (this.urls.size > this.most && oldest !== undefined) this.forget(oldest);
    return url;
  }

  // Its address; `load` gives a PNG file.
  async picture(key: string, load: () => Promise<Uint8Array>, signal: AbortSignal): Promise<string> {
    const there = this.urls.get(key);
    if (there) return there;
    const done = await this.turn();
    try {
      signal.throwIfAborted();
      return this.urls.get(key) ?? this.remember(key, new Blob([(await load()) as Uint8Array<ArrayBuffer>], { type: "image/png" }));
    } finally {
      done();
    }
  }

  forget(key: string): void {
    const url = this.urls.get(key);
    if (url) URL.revokeObjectURL(url);
    this.urls.delete(key);
  }
}

interface LazyPictureProps {
  name: string; // another one is another picture
  load: (signal: AbortSignal) => Promise<string>; // its address
  alt: string; // "" where what is written beside it says the same
}

export function LazyPicture({ name, load, alt }: LazyPictureProps) {
  const place = useRef<HTMLSpanElement>(null);
  const [url, setUrl] = useState<string | null>(null);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    const controller = new AbortController();
    let again: ReturnType<typeof setTimeout> | undefined;
    setUrl(null);
    setFailure("");
    const show = () =>
      load(controller.signal).then(setUrl, (error: unknown) => {
        if (isCancelled(error) || controller.signal.aborted) return;
        const seconds = retryAfter(error);
        if (seconds === null || limitEnds(error)) setFailure(messageOf(error));
        if (seconds !== null) again = setTimeout(show, 1000 * seconds);
      });
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      void show();
    }, { rootMargin: "200px" });
    if (place.current) observer.observe(place.current);
    return () => {
      observer.disconnect();
      controller.abort();
      clearTimeout(again);
    };
  }, [name]);
  return (
    <span class="thumbnail" ref={place} aria-busy={url === null && !failure}>
      {url ? <img src={url} alt={alt} /> : <span class="skeleton"><Message text={failure || t("state.loading")} /></span>}
    </span>
  );
}
