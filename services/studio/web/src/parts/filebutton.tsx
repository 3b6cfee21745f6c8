// A button that opens the browser's choice of files.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

import { Button } from "./buttons";

interface FileButtonProps {
  accept?: string;
  several?: boolean;
  folder?: boolean; // a whole folder, with what is below it
  onFiles: (files: File[]) => void;
  children: ComponentChildren;
}

export function FileButton({ accept, several = false, folder = false, onFiles, children }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button onClick={() => input.current?.click()}>{children}</Button>
      <input
        ref={(element) => {
          input.current = element;
          if (element) element.webkitdirectory = folder;
        }}
        type="file"
        hidden
        multiple={several}
        accept={accept}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = ""; // so that the same file can be chosen again
          if (files.length > 0) onFiles(files);
        }}
      />
    </>
  );
}
