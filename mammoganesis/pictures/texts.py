"""The texts of our PNG files, in iTXt chunks: their names, in the order in which they are written, and their marks.

    mammoganesis:recipe          the complete recipe, canonical JSON
    mammoganesis:latent_id       its short name
    mammoganesis:bundle_digest   the bundle that it belongs to
    mammoganesis:pixels_sha256   `pixels_sha256` of the pixels in this file
    mammoganesis:synthesis       what computed it, such as "CPUExecutionProvider float32"
    mammoganesis:burned_in       "yes" when the mark is in the pixels
    mammoganesis:preview         "yes" when the pixels are a preview and not the recipe's own
    mammoganesis:signature       the operator's, where images are signed (`mammoganesis.pictures.signature`)
    Synthetic                    "yes; not for diagnosis"
    XML:com.adobe.xmp            IPTC DigitalSourceType trainedAlgorithmicMedia

Marks in metadata say what an honest file is; they get lost when other software writes the file anew.
"""

from __future__ import annotations

import re

PREFIX = "mammoganesis:"
RECIPE = PREFIX + "recipe"
LATENT_ID = PREFIX + "latent_id"
BUNDLE_DIGEST = PREFIX + "bundle_digest"
PIXELS_SHA256 = PREFIX + "pixels_sha256"
SYNTHESIS = PREFIX + "synthesis"
BURNED_IN = PREFIX + "burned_in"
PREVIEW = PREFIX + "preview"
SIGNATURE = PREFIX + "signature"
SYNTHETIC = "Synthetic"
XMP = "XML:com.adobe.xmp"

ORDER = (RECIPE, LATENT_ID, BUNDLE_DIGEST, PIXELS_SHA256, SYNTHESIS, BURNED_IN, PREVIEW, SIGNATURE, SYNTHETIC, XMP)
SOMETIMES = frozenset({BURNED_IN, PREVIEW, SIGNATURE})

YES = "yes"
SYNTHETIC_TEXT = "yes; not for diagnosis"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
XMP_TEXT = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    f'Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"/>'
    '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)


_DRAWN = re.compile(r"trainedAlgorithmicMedia|digitalsourcetype/(compositeSynthetic|algorithmicMedia)", re.IGNORECASE)
"""Terms of IPTC's DigitalSourceType for what an algorithm has drawn, wholly or in part."""


def tells_synthetic(text: str) -> bool:
    """Whether a text beside the pixels of a file, as "name: text", says that it is synthetic: as ours do, or with the
    word that the IPTC has for it, whoever has written it."""
    return f"{RECIPE}:" in text or f"{SYNTHETIC}: {SYNTHETIC_TEXT}" in text or _DRAWN.search(text) is not None


def is_marked(synthetic: str, xmp: str) -> bool:
    """Whether a file says that it is synthetic, as our files do."""
    return synthetic == SYNTHETIC_TEXT or xmp == XMP_TEXT
