/**
 * Words of error messages in partner interfaces, in lower case: the only words of an answer that are ever shown. Each
 * is impersonal; one that the request contains is not shown either (`cause.ts`).
 */
export const ANSWER_WORDS: ReadonlySet<string> = new Set(
  `
    a about above accept accepted access account accounts action active ad admin ads advertiser advertising after
    again agent all allowed already also an and another any api app application apps are argument array as at
    attempt audience auth authentication authorisation authorised authorization authorize authorized authorizing
    available back backend bad bandwidth batch be bearer because been before being below between bid bidder blank
    blocked body boolean both but by call called calls campaign can cancelled cannot capacity category certificate
    change changed characters check checked client closed code collection combination complete conflict connect
    connection connections contact contain contains content conversion conversions could created credential
    credentials currency currently data database dataset date deactivated dead declined default deleted denied
    deprecated destination developer device did different disabled does domain done down due duplicate duplicated
    during each edge either element else email empty enabled encoding end endpoint enough entity enum error errors
    event events exceed exceeded exceeds exception exist existing exists expected expired expires extra fail failed
    fails failure false fatal feature few field fields file filter first for forbidden format found from full
    gateway get given go gone graph group had handle has hashed have header headers health help here host how http
    https id identifier identifiers if ignored illegal impression in inactive incomplete incorrect info information
    input instead insufficient integer internal into invalid ip is issue it item items its json key keys kind known
    last later least length less level limit limited limits line link list load long longer lookup lower maintenance
    malformed many match matching max maximum may media member merchant message messages method min minimum minute
    minutes mismatch missing mode more most must name named names near need needed network never new next no none
    not nothing now null number numbers oauth object of off offline ok old on once one only open operation option
    optional or order origin other our out outside over overload overloaded page paid parameter parameters parse
    parsed parser partner password path payload pending per permission permissions permitted pixel plan platform
    please policy positive post present previous privacy problem process processed processing production profile
    project property protocol provide provided proxy publish publisher purchase put quality query queue quota range
    rate rates reach reached read ready reason received recent reconnect record records redirect reference refresh
    refused region register registered reject rejected remote removed repeated report request requested requests
    require required requires reset resource response rest result results retried retry retrying returned revoked
    right role route row sandbox schema scheme scope sdk second seconds secret section security see send sender
    sending sent server servers service session set setting settings should sign signature signed signing since site
    size sku slow some something soon source spaces specified standard start state status stop stopped store string
    subscription success successful successfully such support supported suspended syntax system table temporarily
    temporary terms test than that the their them then there these they this those throttle throttled throttling
    through time timed timeout times timestamp to today token tokens too total traffic transaction tried true try
    type types unable unauthenticated unauthorised unauthorized unavailable under unexpected unknown unprocessable
    unreachable unsupported until update updated upgrade upstream url usage use used user users using valid validate
    validation value values verification verified verify version via view violation wait warning was we webhook
    website were when where which while will window with within without work wrong xml yet you your zero zone
  `
    .trim()
    .split(/\s+/),
)
