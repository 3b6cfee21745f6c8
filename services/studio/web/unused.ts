// Leaves out of the build what a library brings along and the pages never reach.

import { readFile } from "node:fs/promises";

import type { Plugin } from "vite";

// Of Cornerstone3D, a stack of pictures is all that is drawn: no volumes, meshes, videos, slides, ECGs, nor readers of their files.
const UNUSED = new RegExp(
  [
    "@cornerstonejs/core/dist/esm/RenderingEngine/(Video|WSI|ECG|Volume|BaseVolume)Viewport(3D)?\\.js",
    "@cornerstonejs/core/dist/esm/RenderingEngine/GenericViewport/(ECG|Planar|Video|Volume3D|WSI)/",
    "@cornerstonejs/core/dist/esm/cache/classes/Mesh\\.js",
    "@kitware/vtk\\.js/IO/",
    "@kitware/vtk\\.js/Rendering/OpenGL/(Volume|VolumeMapper|Glyph3DMapper|SphereMapper|StickMapper|Skybox|ImageCPRMapper|ImageResliceMapper|PolyDataMapper|PixelSpaceCallbackMapper)\\.js",
    "@kitware/vtk\\.js/Rendering/Core/(VolumeMapper|ImageResliceMapper)\\.js",
    "@kitware/vtk\\.js/Rendering/Core/ColorTransferFunction/ColorMaps\\.js",
    "@kitware/vtk\\.js/Filters/",
    "@cornerstonejs/core/dist/esm/constants/cpuColormaps\\.js",
    "@cornerstonejs/core/dist/esm/RenderingEngine/helpers/stats/",
  ].join("|"),
);

// dcmjs reads DICOM files, which the services read here; of it there stay the logger, and the names that others ask for while they load.
const DCMJS = /node_modules\/dcmjs\//;
const INSTEAD_OF_DCMJS = `import log from "loglevel";
class Unused {}
export { log };
export const constants = {};
export default {
  async: { AsyncDicomReader: Unused },
  data: { DicomMetaDictionary: { dictionary: {}, nameMap: {} } },
  utilities: { DicomMetadataListener: Unused },
};
`;

// Every name that a module exports stays, and is an empty class: to be asked whether something is one, never to be made.
function emptied(name: string, code: string): string {
  const names = new Set<string>();
  for (const [, name] of code.matchAll(/^export (?:async )?(?:function\*?|class|const|let|var) (\w+)/gm)) names.add(name!);
  for (const [, list] of code.matchAll(/^export \{([^}]*)\}/gm)) {
    for (const part of list!.split(",").map((text) => text.trim()).filter(Boolean)) names.add(part.split(/\s+as\s+/).at(-1)!);
  }
  if (/^export default /m.test(code)) names.add("default");
  return `class Unused { static newInstance() { throw new Error("left out of this build: ${name}"); } }\nexport { ${[...names].map((exported) => `Unused as ${exported}`).join(", ")} };\n`;
}

export function withoutUnused(): Plugin {
  return {
    name: "without-unused",
    enforce: "pre",
    async load(id) {
      if (DCMJS.test(id)) return INSTEAD_OF_DCMJS;
      return UNUSED.test(id) ? emptied(id.split("/").at(-1)!, await readFile(id, "utf-8")) : null;
    },
  };
}
