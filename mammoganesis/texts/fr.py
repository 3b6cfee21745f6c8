"""French."""

# ruff: noqa: RUF001  (its quotes and spaces are its own)

FR = {
    "list": "{first} et {last}",
    "percent": "{number}\u202f%",
    "origin.between": "un point à {share} du chemin dans {space}, de {start} à {end}",
    "origin.mixture": "un mélange : {base}, avec {layers} venant de {style}",
    "origin.seed": "graine {seed}",
    "origin.labelled": "graine {seed}, avec {labels}",
    "origin.label": "{field} {value}",
    "origin.code": "un code explicite",
    "space.w": "W",
    "space.styles": "les styles",
    "truncation.none": "sans troncature",
    "truncation.average": "avec l’image moyenne à la place{where} (psi {psi})",
    "truncation.towards": "avec rapprochement de l’image moyenne{where} (psi {psi})",
    "truncation.away": "avec éloignement de l’image moyenne{where} (psi {psi})",
    "truncation.where": " dans {layers}",
    "layers.all": "l’ensemble des {count} couches",
    "layers.one": "la couche {start} (de 0 à {last})",
    "layers.some": "les couches {start} à {end} (de 0 à {last})",
    "move.amount.one": "{sigmas} écart-type",
    "move.amount.other": "{sigmas} écarts-types",
    "move.relative": "déplacement de {amount} le long de {along}",
    "move.absolute": "mise à {amount} de la moyenne de W le long de {along}, quelle qu’ait été sa place",
    "move.component": "la composante {index} dans {layers}",
    "move.named": "« {name} » (composante {index}) dans {layers}",
    "move.reversed": "« {name} » (composante {index}, inversée) dans {layers}",
    "move.combined": "« {name} » ({parts})",
    "move.part": "{weight} composante {index} dans {layers}",
    "transfer.channels.one": "le style de la région {regions}, pris de {reference}{much} ({which})",
    "transfer.channels.other": "le style des régions {regions}, pris de {reference}{much} ({which})",
    "transfer.masked": "le style à l’intérieur d’un masque{made}, pris de {reference}{much} ({edge})",
    "transfer.region": "{index} (« {name} »)",
    "transfer.made.one": " fait de la région {regions}",
    "transfer.made.other": " fait des régions {regions}",
    "transfer.much": ", à {share} du chemin",
    "transfer.which": "canaux dont plus de {rho} s’y trouvent ; {budgets}",
    "transfer.budget": "budget de {epsilon} par couche",
    "transfer.budget.low": "{epsilon} dans les couches de 4x4 et 8x8",
    "transfer.budget.layers": "{epsilon} dans {layers}",
    "transfer.edge.soft": "bord adouci sur {share} de la largeur",
    "transfer.edge.sharp": "bord net",
    "noise.none": "rendu sans bruit",
    "noise.with": "rendu avec {noise}",
    "noise.times": "{weight} fois {noise}",
    "noise.constant": "le bruit constant du modèle",
    "noise.seed": "un bruit tiré de la graine {seed}",
    "handout.picture": "Mammographie synthétique, pas pour le diagnostic. {said}",
    "handout.more": "{said} … et davantage, comme le dit sa recette.",
    "handout.recipe": "Recette {latent_id}",
    "handout.model": "Modèle {name} {version}, empreinte {digest}",
    "handout.recipe.title": "Recette : {title}",
    "handout.recipe.more": "… et davantage : elle se trouve en entier dans les notes de la diapositive de l’image.",
    "handout.credit.title": "Crédits et licence",
    "handout.synthetic": "Toutes les images sont synthétiques, d’aucune patiente, et ne servent pas au diagnostic.",
    "handout.use": "Usage prévu : {intended_use}",
    "handout.credit.model": "Modèle : {name} {version}, empreinte {digest}",
    "handout.licence": "Licence : {licence}",
    "handout.attribution": "Crédit : {attribution}",
    "handout.again": "Chaque fichier d’image porte sa recette ; l’envoyer de nouveau donne la même image.",
    "handout.foot": "{mark} (synthétique, pas pour le diagnostic)",
    "study.consent": (
        "Il vous est demandé de lire des mammographies pour une étude scientifique. La participation est "
        "volontaire : vous pouvez arrêter à tout moment, sans aucune conséquence. Vos réponses, leurs heures et ce "
        "que vous faites des images à l’écran sont enregistrés sous un pseudonyme. Votre nom, vos années "
        "d’expérience et votre spécialité sont conservés à part et sont effacés sur demande. Rien de ce que vous "
        "voyez ou répondez ici ne sert au soin d’une patiente."
    ),
    "study.specialty.breast": "Radiologie du sein",
    "study.specialty.radiology": "Radiologie",
    "study.specialty.resident": "Interne en radiologie",
    "study.specialty.radiographer": "Manipulateur ou manipulatrice en électroradiologie",
    "study.specialty.physics": "Physique médicale",
    "study.specialty.physician": "Autre médecin",
    "study.specialty.other": "Autre",
    "study.anchor.unusable": "Inutilisable",
    "study.anchor.poor": "Médiocre",
    "study.anchor.acceptable": "Acceptable",
    "study.anchor.good": "Bonne",
    "study.anchor.excellent": "Excellente",
    "study.introduction.unaware": "Veuillez lire les mammographies suivantes comme dans votre travail quotidien.",
    "study.introduction.informed": (
        "Parmi les mammographies suivantes, certaines sont réelles, d’autres ont été générées par un programme "
        "informatique. Combien de chaque sorte n’est pas dit."
    ),
    "study.introduction.after_cues": (
        "Parmi les mammographies suivantes, certaines sont réelles, d’autres ont été générées par un programme "
        "informatique. Voici des signes qui trahissent les images générées :"
    ),
    "study.instructions.rating": (
        "À quel point êtes-vous sûr que cette image est réelle ou générée ? Donnez l’une des six réponses."
    ),
    "study.instructions.odd_one_out": "L’une de ces images est générée, les autres sont réelles. Laquelle ?",
    "study.instructions.forced_choice": "L’une de ces images est générée. Laquelle ?",
    "study.instructions.location": (
        "Marquez ce qui semble anormal pour une vraie image, s’il y a lieu, et dites à quel point vous êtes sûr "
        "qu’elle est générée."
    ),
    "study.instructions.quality": "Quelle est la qualité de cette image ?",
    "study.instructions.reading": "Veuillez lire cette mammographie comme dans votre travail quotidien.",
    "remark.reals.none": "Aucune image réelle n’a encore été donnée.",
    "remark.reals.few": "Il faut {needed} images réelles, entraînement compris ; nombre donné : {given}.",
    "remark.samples.few": "Il faut {needed} images générées, entraînement compris ; nombre produit : {made}.",
    "remark.pool.few": "Il faut {needed} images, entraînement compris ; il y en a {there}.",
    "remark.pool.uneven": (
        "Des {drawn} images tirées parmi {reals} réelles et {samples} générées, environ {real} seront réelles et "
        "{generated} générées ; une composition dit combien de chaque sorte."
    ),
    "remark.trials.single": "Pour {trials} essais, il faut {trials} images différentes",
    "remark.trials.several": (
        "Pour {trials} essais de {images} images, rien deux fois, il faut {reals} images réelles différentes et "
        "{trials} générées"
    ),
    "remark.pool.has": "{wanted} ; le lot a {reals} images réelles et {generated} générées : {most} essais",
    "remark.pool.exactly": "{wanted} ; le lot en aura {reals} et {generated}.",
    "remark.pool.about": "{wanted} ; le lot en aura, au hasard, environ {reals} et {generated}.",
    "remark.patients.few": "{wanted} ; les images réelles sont de {patients} patientes, ce qui peut être trop peu.",
    "remark.patients.each": (
        "Chacune des {images} images réelles compte comme une patiente à part. Si deux sont d’une même femme, un "
        "manifeste doit le dire : sinon elles peuvent se trouver côte à côte dans un même essai."
    ),
    "remark.places.none": (
        "Les marques de ce qui paraît faux sont comptées, et non jugées : aucune image n’a d’endroit vrai. Des "
        "transferts qui changent une région et rien d’autre en donnent."
    ),
    "remark.places.several": (
        "Jusqu’à {places} marques par image sont admises, et une seule qui atteint l’endroit suffit : avec une marque "
        "par image le hasard en trouve le moins, et la LROC est l’usuelle."
    ),
    "remark.trials.many": "Il est voulu {trials} essais, chacun d’une autre image ; nombre d’images tirées : {drawn}.",
    "remark.cues.none": "La phase doit venir après des indices, et n’en nomme aucun.",
    "interval": "{low} à {high}",
    "statistics.mrmc.one_reader": "un seul lecteur ne dit rien des autres : voir l’intervalle de ce lecteur",
    "statistics.mrmc.few_cases": "moins de deux images d’une des classes ont été lues",
    "statistics.mrmc.partly_crossed": (
        "chaque lecteur n’a pas lu chaque image : la statistique U est la méthode pour cela"
    ),
    "statistics.mrmc.variance": (
        "la variance de la statistique U est négative : il y a trop peu de lecteurs et d’images"
    ),
    "statistics.compared.one_reader": "un seul lecteur ne dit rien des autres",
    "statistics.compared.partly_crossed": (
        "chaque lecteur n’a pas lu chaque image dans chaque condition : voir les différences directes"
    ),
    "statistics.kappa.one_answer": "toutes les réponses sont les mêmes, aucune ne pouvait différer",
    "statistics.kappa.few_cases": "moins de deux images ont été lues par tous les lecteurs",
    "statistics.kappa.few_twice": "moins de deux images ont été lues deux fois",
    "statistics.kappa.steps": (
        "les notes ont {steps} valeurs différentes ; kappa demande une échelle d’au plus {most} échelons"
    ),
    "statistics.binormal.nothing_rated": "rien n’a été noté dans cette tâche",
    "statistics.binormal.one_class": "l’une des classes manque",
    "statistics.binormal.few_ratings": "moins de trois notes différentes",
    "statistics.binormal.few_points": "moins de deux points de la courbe empirique sont à l’intérieur du cadre",
    "statistics.binormal.no_maximum": "la vraisemblance n’a pas de maximum que la recherche trouve",
    "statistics.binormal.degenerate": "dégénérée : la pente b sort de {slopes}",
    "statistics.time.separated": (
        "le temps sépare entièrement les décisions justes des fausses : il n’y a pas de rapport de cotes"
    ),
    "statistics.time.no_decisions": "il n’y a pas de décisions : aucun seuil de la note n’est connu",
    "statistics.time.one_answer": "toutes les décisions sont justes, ou toutes fausses",
    "statistics.time.no_difference": "aucun lecteur n’a de décisions justes et fausses de temps différents",
    "statistics.note.readers.one": (
        "{count} lecteur : il n’y a pas d’intervalle pour d’autres lecteurs, ou il suppose qu’ils ressemblent à "
        "celui-ci."
    ),
    "statistics.note.readers.other": (
        "{count} lecteurs : l’intervalle pour de nouveaux lecteurs est large, et suppose que ceux-ci ressemblent "
        "aux autres."
    ),
    "statistics.note.partly_crossed": (
        "Chaque lecteur n’a pas lu chaque image : la statistique U directe est la méthode pour cela."
    ),
    "statistics.note.repeated.one": (
        "{count} lecture répétée dit l’accord d’un lecteur avec lui-même et n’entre dans rien d’autre."
    ),
    "statistics.note.repeated.other": (
        "{count} lectures répétées disent l’accord des lecteurs avec eux-mêmes et n’entrent dans rien d’autre."
    ),
    "statistics.note.apart": "Les AUC des lecteurs vont de {low} à {high} : leur moyenne n’en décrit aucun.",
    "statistics.note.apart.under": (
        "{treatment} : les AUC des lecteurs vont de {low} à {high} : leur moyenne n’en décrit aucun."
    ),
    "statistics.note.equivalent": (
        "AUC {auc} ({interval}) : l’équivalence avec le hasard, de {low} à {high}, est établie (p {p} ; intervalle "
        "du test {narrow})."
    ),
    "statistics.note.equivalent.under": (
        "{treatment} : AUC {auc} ({interval}) : l’équivalence avec le hasard, de {low} à {high}, est établie (p "
        "{p} ; intervalle du test {narrow})."
    ),
    "statistics.note.not_equivalent": (
        "AUC {auc} ({interval}) : l’équivalence avec le hasard, de {low} à {high}, n’est pas établie (p {p} ; "
        "intervalle du test {narrow})."
    ),
    "statistics.note.not_equivalent.under": (
        "{treatment} : AUC {auc} ({interval}) : l’équivalence avec le hasard, de {low} à {high}, n’est pas établie "
        "(p {p} ; intervalle du test {narrow})."
    ),
    "statistics.note.no_difference": (
        "AUC {auc} ({interval}) ne diffère pas du hasard d’après cette étude. Cela ne montre pas que les classes "
        "sont indiscernables : il y faut un test d’équivalence avec une marge fixée d’avance."
    ),
    "statistics.note.no_difference.under": (
        "{treatment} : AUC {auc} ({interval}) ne diffère pas du hasard d’après cette étude. Cela ne montre pas que "
        "les classes sont indiscernables : il y faut un test d’équivalence avec une marge fixée d’avance."
    ),
    "statistics.note.no_decisions": (
        "Il n’y a pas de décisions, donc pas de parts : ni seuil ni échelle des notes ne sont connus."
    ),
    "statistics.note.positive": (
        "La sensibilité, la précision et toutes les autres parts prennent « {positive} » pour classe positive."
    ),
    "statistics.note.unequal": (
        "{positives} lectures d’images positives et {negatives} de négatives : les dire toutes pareilles est juste "
        "dans {percent} % des cas au plus, ce que le test exact contre 1/2 prend pour du savoir-faire. "
        "L’exactitude équilibrée est alors d’un demi, et c’est elle qu’il faut regarder."
    ),
    "statistics.note.independence": (
        "Les parts de tous les lecteurs ensemble, leurs intervalles et leurs tests exacts prennent chaque réponse "
        "pour indépendante. Les réponses d’un lecteur, ou sur une image, se ressemblent : ces intervalles sont "
        "trop étroits et ces p trop petits."
    ),
    "bytes.one": "{count} octet",
    "bytes.other": "{count} octets",
    "file.empty": "un fichier vide",
    "file.kind": "{file} de {bytes}",
    "file.unknown": "ni {wanted}, ni autre image connue ici, {bytes} qui commencent par {begins}",
    "file.png": "un fichier PNG",
    "file.jpeg": "un fichier JPEG",
    "file.webp": "un fichier WebP",
    "file.dicom": "un fichier DICOM",
    "file.gif": "un fichier GIF",
    "file.bmp": "un fichier BMP",
    "file.tiff": "un fichier TIFF",
    "file.avif": "un fichier AVIF ou HEIF",
    "file.numpy": "un fichier NumPy",
    "file.json": "un fichier JSON",
    "file.size": "{width} x {height} pixels",
    "file.not_read": "{size}, ce qui n’est pas lu ici",
    "file.pixels": "un fichier PNG dont les pixels sont d’une sorte qui n’est pas lue ici ({kind})",
    "file.deflated": "un fichier DICOM compressé en entier (deflate), ce qui n’est pas lu ici",
    "file.without_picture": "un fichier DICOM sans image (Modality {modality})",
    "file.frames": "un fichier DICOM de {frames} vues à {samples} échantillons ; une seule vue grise est lue ici",
    "file.undecodable": "un fichier DICOM dont les pixels ne peuvent pas être décodés ici",
    "form": "{depth} bits, {colours}",
    "form.interlaced": "{depth} bits, {colours}, entrelacé",
    "form.grey": "niveaux de gris",
    "form.rgb": "RVB",
    "form.palette": "palette",
    "form.grey_alpha": "niveaux de gris avec transparence",
    "form.rgb_alpha": "RVB avec transparence",
    "form.unknown": "inconnu",
    "added.text": "un texte {name} : {text}",
    "added.text.second": "un second texte {name} : {text}",
    "added.chunk": "un bloc {kind} de {bytes}",
    "added.chunk.second": "un second bloc {kind} de {bytes}",
    "added.rows": "{bytes} comprimés avec les pixels, après la dernière ligne",
    "added.pixels": "{bytes} dans IDAT, après les pixels comprimés",
    "added.end": "{bytes} après la fin de l’image",
    "added.manifest.not_valid": "un manifeste C2PA qui n’est pas valide ({codes})",
    "added.manifest.another": "un manifeste C2PA qui dit autre chose que les nôtres",
    "otherwise.compressed": "compression différente",
    "otherwise.pieces": "pixels découpés autrement",
    "otherwise.texts": "textes écrits autrement",
    "manifest.valid": "manifeste C2PA : valide, signé par {name} (sans examen d’une liste de certificats de confiance)",
    "manifest.nobody": "personne de nommé",
    "manifest.not_examined": "manifeste C2PA : non examiné (c2pa-python n’est pas installé ici)",
    "manifest.unreadable": "il ne peut pas être lu",
    "manifest.no_codes": "la bibliothèque n’en dit pas plus",
    "verify.then": " ; ",
    "verify.recipe.value": "sa recette contient une valeur qui n’est pas admise ici : {field}",
    "verify.recipe.model": "le modèle servi ici ne peut pas dessiner sa recette",
    "verify.recipe.near": "elle est trop proche d’une image d’entraînement pour être remise",
    "verify.other_kind": "{file} ; seuls les fichiers PNG et DICOM transportent une recette",
    "verify.damaged": "{file} qui ne peut pas être lu jusqu’au bout",
    "verify.without_recipe": (
        "marquée comme synthétique, sans recette : une figure ou une planche, ou un programme a supprimé le texte"
    ),
    "verify.mark_alone": "la marque est dans les pixels, mais le fichier ne contient aucun de nos textes ; {kept}",
    "verify.no_recipe": "aucune recette de MammoGANesis dans le fichier ; si un programme l’a supprimée : {kept}",
    "verify.kept": (
        "son nom peut indiquer une graine, et une recette a pu être gardée (describe --json, manifest.jsonl de bulk) : "
        "générez cette image à nouveau et comparez les pixels"
    ),
    "verify.bundles": "le fichier nomme le modèle {there}, celui d’ici est {here}",
    "verify.no_bundle": "aucun",
    "verify.too_large": "{size}, plus qu’aucune de nos images",
    "verify.changed": "pas comme à l’écriture : {names}",
    "verify.added": "ajouté : {what}",
    "verify.added.more": "ajouté : {what} et {more} de plus",
    "verify.sizes": "{here} pixels au lieu de {there}",
    "verify.size": "{width} × {height}",
    "verify.largest.one": "plus grande différence : {count} niveau de gris",
    "verify.largest.other": "plus grande différence : {count} niveaux de gris",
    "verify.on_the_whole": "{found} dans l’ensemble, permis : {allowed}",
    "verify.tolerance": "tolérance {levels} : {reason}",
    "verify.machines": "calculée par {there}, comparée avec {here}",
    "verify.entry": "les pixels de l’entrée {number} du {moment}",
    "verify.near": "ressemblance de {likeness} avec l’entrée {number} du {moment}",
    "verify.near.mirrored": "ressemblance de {likeness} avec l’entrée {number} du {moment}, en miroir",
    "verify.not_drawn": "elle n’est pas générée à nouveau : {message}",
    "verify.near.other_bundle": "elle vient d’un autre modèle et ne peut pas être générée à nouveau ici",
}
