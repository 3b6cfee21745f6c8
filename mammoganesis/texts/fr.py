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
    "remark.trials.many": "Il est voulu {trials} essais, chacun d’une autre image ; nombre d’images tirées : {drawn}.",
    "remark.cues.none": "La phase doit venir après des indices, et n’en nomme aucun.",
}
