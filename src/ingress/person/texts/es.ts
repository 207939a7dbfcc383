/** The pages of one's own in Spanish. */
import type { Texts } from './en.ts'

export const SPANISH: Texts = {
  skip: 'Ir al contenido',
  languages: 'Idioma',
  policy: 'Política de privacidad del {date}',
  contact: 'Preguntas sobre tus datos, o una queja: {contact}.',
  noContact: 'el editor de la aplicación, en la dirección que figura en su política de privacidad',
  partners: 'Con quién compartimos datos',
  choices: 'Tus opciones de privacidad',
  me: 'Tus datos y tus opciones',

  gpcHonoured: 'Global Privacy Control respetado',
  gpcRequest:
    'Tu navegador o tu aplicación envió Global Privacy Control con esta petición. Lo tratamos como un no a la venta, a compartir datos con empresas de publicidad y a la publicidad personalizada.',
  gpcAccount: 'Está en vigor para tu cuenta.',
  gpcDevice: 'Está en vigor para el dispositivo desde el que se abrió esta página.',
  gpcNotSent: 'Tu navegador o tu aplicación no envió Global Privacy Control. Si lo hace, lo respetamos.',
  gpcIgnored: 'No actuamos según Global Privacy Control.',
  dntHonoured: 'Do Not Track respetado',
  dntIgnored: 'No actuamos según las señales Do Not Track.',

  signals: 'Lo que dice tu navegador o tu aplicación',
  publicIntro:
    'Puedes oponerte a que compartamos datos con empresas de publicidad en cualquier momento, sin coste y sin cuenta. Tiene efecto al instante, también para los datos que aún esperan a ser enviados.',
  publicOnly:
    'Sin iniciar sesión, esta página solo puede restringir lo que se comparte. No muestra nada de lo que sabemos de ti. Para ver qué se compartió, borrar tus datos o volver a permitir algo, ábrela desde la aplicación con la sesión iniciada o pídenos un enlace personal.',
  optOutHere: 'Oponerte en este dispositivo',
  optOutWhat: 'Vale para el dispositivo y la instalación de la aplicación desde los que abriste esta página.',
  optOutAds: 'Dejar de compartir con empresas de publicidad',
  optOutLocation: 'Dejar de compartir mi ubicación precisa',
  optOutAll: 'Dejar de compartir ambas cosas',
  optOutHow: 'Cómo oponerte',
  optOutInApp: 'En la aplicación: abre los ajustes de privacidad y, desde allí, esta página.',
  optOutInDevice:
    'En tu dispositivo: limita el seguimiento publicitario o no permitas que las aplicaciones soliciten rastrearte. Lo respetamos.',
  optOutInBrowser: 'En tu navegador: activa Global Privacy Control.',
  optOutByLink: 'Sin la aplicación: pide un enlace personal en {contact}.',
  doneTitle: 'Tu decisión está en vigor',
  doneAds:
    'Desde ahora, nada de este dispositivo se vende, se comparte con empresas de publicidad para su publicidad ni se usa para publicidad personalizada.',
  doneLocation: 'Tu ubicación precisa ya no se comparte.',
  doneAll:
    'Desde ahora, nada de este dispositivo se vende, se comparte con empresas de publicidad para su publicidad ni se usa para publicidad personalizada, y su ubicación precisa no se comparte.',
  back: 'Volver',

  companies: 'Empresas',
  companiesIntro: 'Estas empresas pueden recibir datos sobre ti.',
  companiesMore: 'Qué recibe cada empresa, por qué y dónde: la lista completa (en inglés)',
  nobody: 'Ninguna por ahora.',
  gets: 'Qué recibe',
  getsNothing: 'Solo que algo ocurrió, nada sobre ti.',
  afterOptOut: 'Si te opones: {effect}',
  stopped: 'Por ahora no se envía nada a esta empresa: lo hemos detenido.',

  industry: 'La publicidad de otras empresas',
  industryIntro:
    'En estas páginas del sector publicitario te opones a muchas empresas a la vez, más allá de este servicio:',

  needTitle: 'Esta página se abre desde la aplicación o con un enlace personal',
  need: 'Ábrela desde la aplicación con la sesión iniciada. Si no puedes, pídenos un enlace personal: {contact}. Antes comprobaremos que los datos son tuyos.',
  needPublic: 'Para oponerte sin iniciar sesión, ve a {choices}.',
  linkTitle: 'Abre tu página',
  linkIntro: 'Este enlace abre tu página personal. Funciona una vez; después la página queda abierta 15 minutos.',
  linkButton: 'Abrir mi página',
  linkBadTitle: 'Este enlace no funciona',
  linkBad: 'Ya se usó, es demasiado antiguo o no está completo. Pídenos otro: {contact}.',
  leave: 'Cerrar esta página para todos en este dispositivo',
  leftTitle: 'La página está cerrada',
  left: 'Nadie puede abrirla de nuevo sin tu cuenta o un enlace nuevo.',
  until: 'Esta página se cierra sola a las {time} (UTC).',

  yourChoices: 'Tus opciones',
  adsName: 'Compartir con empresas de publicidad',
  targetedName: 'Publicidad personalizada',
  locationName: 'Ubicación precisa',
  adsWhat: 'Vender tus datos y compartirlos para publicidad fuera de este servicio.',
  targetedWhat: 'Elegir anuncios para ti según lo que haces.',
  locationWhat: 'Compartir dónde está tu dispositivo con más exactitud que {area} kilómetros cuadrados.',
  stateDenied: 'Dijiste que no.',
  stateAllowed: 'Lo permitiste.',
  stateOpen: 'No has elegido. Decide la ley del lugar en el que estás.',
  deny: 'Decir que no',
  allow: 'Permitir',
  denyNamed: 'Decir que no a: {name}',
  allowNamed: 'Permitir: {name}',
  denyAll: 'Decir que no a todo ello',
  onlyNo:
    'Con un enlace personal solo puedes decir que no. Para volver a permitir algo, abre esta página desde la aplicación con la sesión iniciada.',
  changed: 'Tu decisión está en vigor.',
  allowTitle: '¿Volver a permitirlo?',
  allowSure:
    'Vas a permitir: {name}. {what} Vale para lo que hagas desde ahora, y puedes volver a decir que no cuando quieras.',
  allowYes: 'Sí, permitirlo',
  allowNo: 'No, dejarlo como está',

  restricts: 'Lo que ya restringe el envío de datos',
  restrictsNothing: 'No hay nada guardado que lo restrinja más que la ley del lugar en el que estás.',
  since: 'desde el {date}',
  kinds: {
    choice: 'Tu decisión',
    gpc: 'La señal Global Privacy Control',
    us_privacy: 'La señal US Privacy',
    gpp: 'La señal Global Privacy Platform',
    tcf: 'La cadena de consentimiento',
    category: 'Una categoría de consentimiento rechazada',
    dnt: 'La señal Do Not Track',
    att: 'App Tracking Transparency en tu dispositivo',
    lmt: 'Seguimiento publicitario limitado en tu dispositivo',
    zeroed_id: 'Un identificador de publicidad borrado en tu dispositivo',
    location_permission: 'El permiso de ubicación de tu dispositivo',
    coppa: 'Una señal de que el usuario es menor',
    age: 'La edad indicada',
  },
  channels: {
    app: 'dicha en la aplicación',
    user_token: 'dicha con tu cuenta',
    staff: 'comunicada a nuestro personal',
    import: 'tomada de una lista anterior',
    signal: 'enviada por el dispositivo o el navegador',
  },
  child: 'No se comparte nada: se sabe que el usuario es menor.',

  data: 'Quién recibió qué',
  dataIntro: 'Cada vez que se envió algo sobre ti a una empresa, en palabras.',
  dataShow: 'Ver la lista',
  dataCsv: 'Descargar como tabla (CSV)',
  dataJson: 'Descargar para programas (JSON)',
  dataNone:
    'Nuestros registros no vinculan ningún envío contigo. Si pediste que se borraran tus datos, lo registrado antes ya no puede vincularse con nadie.',
  dataTimes:
    'Veces enviado: {count}, entre {first} y {last}. Finalidades: {purposes}. Tratado en: {countries}. Contacto: {contact}.',
  dataTable: 'Cada vez que se envió algo, lo más antiguo primero',
  event: 'Cuando hiciste',
  what: 'Qué se envió',
  why: 'Por qué se envió',
  outcome: 'Qué pasó con ello',
  withheld: 'Lo que no se envió',
  withheldLine: '{recipient}, {count} veces: {why}',
  told: 'A quién comunicamos tu decisión, y qué respondió',
  byHand: 'Lo que se entregó fuera de la aplicación',
  staffReads: 'Cuándo miró tus datos nuestro personal',
  rest: 'El resto',
  asOf: 'A fecha de {date}.',
  itsPolicy: 'Su política de privacidad',

  erase: 'Borra tus datos',
  eraseIntro:
    'Destruimos las claves de todo lo registrado sobre ti, no enviamos nada de lo que aún espera y dejamos tu oposición puesta para siempre.',
  eraseGo: 'Borrar mis datos …',
  eraseTitle: '¿Borrar tus datos?',
  eraseSure:
    'No se puede deshacer. Después ya no podremos decirte quién recibió qué: guarda antes una copia si la quieres.',
  eraseYes: 'Sí, borrar mis datos',
  eraseNo: 'No, volver',
  erasedTitle: 'Tus datos están borrados',
  erased: 'Claves destruidas: {keys}. Envíos que esperaban y no saldrán: {pairs}.',
  erasedRecipients: 'Estas empresas habían recibido datos sobre ti. Puedes pedirles que también los borren:',
  erasedTold: 'También se lo comunicamos nosotros.',
  erasedNobody: 'No nos consta que ninguna empresa recibiera datos sobre ti.',
  erasedCode: 'Guarda este código: con él puedes obtener de nuevo esta respuesta durante 90 días. {code}',

  receipt: 'Tu comprobante',
  receiptIntro:
    'Guárdalo: demuestra qué hiciste y cuándo, ante cualquiera y sin nosotros, también después de borrar tus datos. Solo te nombra ante quien se lo muestres.',
  receiptShow: 'Ver el comprobante',
  receiptCheck: 'Comprobarlo',
  receiptGoodTitle: 'El comprobante es válido',
  receiptGood:
    '{verb}, el {time} (UTC), con la política de privacidad del {policy}. Es el registro {index} de nuestro libro público.',
  receiptPromisedTitle: 'El comprobante está firmado',
  receiptPromised:
    '{verb}, el {time} (UTC), con la política de privacidad del {policy}. El libro lo demuestra en un minuto: compruébalo entonces de nuevo.',
  receiptBadTitle: 'El comprobante no es válido',
  receiptBad: 'Se cambió, no está completo o no es nuestro.',
  verbs: {
    opt_out: 'Decir que no',
    opt_in: 'Permitirlo',
    mixed: 'Rechazar algo y permitir otra cosa',
    withdraw: 'Retirar lo dicho antes',
    child: 'Decir que el usuario es menor',
    erase: 'Borrar los datos',
  },

  object: 'Oponerte o corregir',
  objectIntro:
    'Puedes oponerte a cómo usamos tus datos, pedir que lo limitemos o que los corrijamos. Escribe a {contact}: respondemos en el plazo que fija la ley y, si lo rechazamos, decimos por qué.',
  objectWhat:
    'Aquí puedes oponerte a la publicidad, la medición y el análisis con tus datos, también por parte de las empresas que trabajan para nosotros. Se detiene de inmediato.',
  objectGo: 'Oponerme',
  objected: 'Tu oposición está en vigor. La tratamos como el caso {case} y respondemos a más tardar el {date}.',
  caseOpened: 'Hemos anotado lo que pides como el caso {case} y respondemos a más tardar el {date}.',
  failedLeft:
    'No podemos decidirlo nosotros solos: puede que la ley nos obligue a conservar registros, o que se hayan usado otras cuentas en este dispositivo. Aún no se ha borrado nada. Preguntas: {contact}.',

  failedTitle: 'Esto no ha funcionado',
  failedForm: 'El formulario era demasiado antiguo o no venía de esta página. Vuelve atrás e inténtalo de nuevo.',
  failedAsk: 'No se puede leer lo que se pidió. Vuelve atrás e inténtalo de nuevo.',
  failedShared:
    'Dos servicios de inicio de sesión comparten el nombre de tu cuenta, así que nadie puede saber de quién es. Solo puedes oponerte: {contact} ayuda con lo demás.',
  failedHold:
    'La ley nos obliga a conservar por ahora registros sobre ti. No se ha borrado nada. Pregunta a {contact}.',
  failedAccounts:
    'En este dispositivo se usaron otras cuentas y no podemos saber de quién son. No se ha borrado nada. Pregunta a {contact}.',
  failedNow: 'Ahora mismo no se puede hacer. No se pierde nada: inténtalo de nuevo en unos minutos.',
  failedWidens: 'Aquí no se puede permitir. Abre la página desde la aplicación con la sesión iniciada.',
}
