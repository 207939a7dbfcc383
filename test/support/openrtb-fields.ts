/**
 * Every member of a bid request, as the tables of the specification have it (OpenRTB 2.6, sections 3.2.1 to 3.2.35;
 * InteractiveAdvertisingBureau/openrtb2.x, 2.6.md, 1debba80 of June 2026), with its type and what it is here:
 *
 * - `plain`: speaks of the placement, the inventory, the deal or the law, and passes as it is;
 * - `personal` and a field class: passes as the contract and the verdict say;
 * - `signal`: read as a privacy signal, and written as what it was read as or what was enforced;
 * - `refused` and why: has no place, and passes only where a contract names it, or never;
 * - an object of the specification, or a list of them.
 *
 * `ext` holds what somebody else specified: the extensions that are read are objects here, everything else in them is refused.
 */
const PLAIN_OF_VIDEO = `
  mimes: string[] plain
  minduration maxduration startdelay maxseq poddur podseq slotinpod sequence maxextended minbitrate maxbitrate: integer plain
  podid: string plain
  rqddurs delivery api companiontype: integer[] plain
  mincpmpersec: float plain
  companionad: Banner[]
  durfloors: DurFloors[]
`
const SITE_AND_APP = `
  id name domain: string plain
  cattax privacypolicy: integer plain
  cat sectioncat pagecat: string[] plain
  publisher: Publisher
  content: Content
  keywords: string plain
  kwarray: string[] plain
  inventorypartnerdomain: string plain
`
const NAMED = `
  id name domain: string plain
`

export const OPENRTB_26: Readonly<Record<string, string>> = {
  BidRequest: `
    id: string plain
    imp: Imp[]
    site: Site
    app: App
    dooh: DOOH
    device: Device
    user: User
    test at tmax allimps cattax: integer plain
    wseat bseat cur wlang wlangb acat bcat badv bapp: string[] plain
    source: Source
    regs: Regs`,
  Source: `
    fd: integer plain
    tid: string personal message_id
    pchain: string plain
    schain: SupplyChain
    ext: SourceExt`,
  Regs: `
    coppa gdpr us_privacy gpp gpp_sid: signal
    ext: RegsExt`,
  Imp: `
    id: string plain
    metric: Metric[]
    banner: Banner
    video: Video
    audio: Audio
    native: Native
    pmp: Pmp
    displaymanager displaymanagerver tagid bidfloorcur: string plain
    instl clickbrowser secure rwdd ssai exp: integer plain
    bidfloor dt: float plain
    iframebuster: string[] plain
    qty: Qty
    refresh: Refresh
    ext: ImpExt`,
  Metric: `
    type vendor: string plain
    value: float plain`,
  Banner: `
    format: Format[]
    w h pos topframe vcm wmax hmax wmin hmin: integer plain
    btype battr expdir api: integer[] plain
    mimes: string[] plain
    id: string plain`,
  Video: `${PLAIN_OF_VIDEO}
    w h placement plcmt linearity skip skipmin skipafter boxingallowed playbackend pos: integer plain
    protocols battr playbackmethod poddedupe: integer[] plain`,
  Audio: `${PLAIN_OF_VIDEO}
    protocols battr: integer[] plain
    feed stitched nvol: integer plain`,
  Native: `
    request: text NativeRequest
    ver: string plain
    api battr: integer[] plain`,
  Format: `
    w h wratio hratio wmin: integer plain`,
  Pmp: `
    private_auction: integer plain
    deals: Deal[]`,
  Deal: `
    id bidfloorcur: string plain
    bidfloor mincpmpersec: float plain
    at guar: integer plain
    wseat wadomain: string[] plain
    durfloors: DurFloors[]`,
  Site: `${SITE_AND_APP}
    page: string refused the page that somebody reads
    ref: string refused where somebody came from
    search: string refused what somebody looked for
    mobile: integer plain`,
  App: `${SITE_AND_APP}
    bundle ver: string plain
    storeurl: store plain
    paid: integer plain`,
  Publisher: `${NAMED}
    cattax: integer plain
    cat: string[] plain`,
  Content: `
    id title series season artist genre album isrc contentrating userrating keywords language langb: string plain
    url: url plain
    episode gtax cattax prodq context qagmediarating livestream sourcerelationship len embeddable realtime firstbroadcast: integer plain
    genres cat kwarray: string[] plain
    producer: Producer
    data: ContentData[]
    network: Network
    channel: Channel`,
  Producer: `${NAMED}
    cattax: integer plain
    cat: string[] plain`,
  Device: `
    geo: Geo
    dnt lmt: signal
    ua: agent personal user_agent
    sua: UserAgent
    ip: ip4 personal ip
    ipv6: ip6 personal ip
    devicetype h w ppi: integer personal device
    make model hwv: string personal device
    os osv: version personal os
    pxratio: float personal device
    js geofetch: integer plain
    flashver: string personal user_agent
    language langb: string personal locale
    carrier mccmnc: string personal carrier
    connectiontype: integer personal network
    ifa: id personal advertising_id
    didsha1 didmd5 dpidsha1 dpidmd5 macsha1 macmd5: id refused hardware ids, hashed
    ext: DeviceExt`,
  Geo: `
    lat lon: degrees personal coordinates
    type accuracy lastfix ipservice: with coordinates
    country: country personal place
    region regionfips104 metro city zip: string personal place
    utcoffset: integer refused the time zone of somebody, which the type has no class for`,
  User: `
    id: id personal user_id
    buyeruid: id personal partner_id
    yob: integer personal birth_date
    gender: gender personal gender
    keywords: string refused a profile
    kwarray: string[] refused a profile
    customdata: string refused a buyer's own data about somebody
    geo: Geo
    data: UserData[]
    consent: signal
    eids: EID[]
    ext: UserExt`,
  ContentData: `
    id name: string plain
    cids: string[] plain
    segment: ContentSegment[]`,
  ContentSegment: `
    id name value: string plain`,
  UserData: `
    id name: string refused a profile
    cids: string[] refused a profile
    segment: UserSegment[]`,
  UserSegment: `
    id name value: string refused a profile`,
  Network: NAMED,
  Channel: NAMED,
  SupplyChain: `
    complete: integer plain
    nodes: SupplyChainNode[]
    ver: string plain`,
  SupplyChainNode: `
    asi sid name domain: string plain
    rid: string personal message_id
    hp: integer plain`,
  EID: `
    inserter source matcher: string personal partner_id
    mm: integer personal partner_id
    uids: UID[]`,
  UID: `
    id: id personal partner_id
    atype: integer personal partner_id`,
  UserAgent: `
    browsers: BrandVersion[]
    platform: BrandVersion
    mobile source: integer personal user_agent
    architecture bitness model: string personal user_agent`,
  BrandVersion: `
    brand: string personal user_agent
    version: string[] personal user_agent`,
  Qty: `
    multiplier: float plain
    sourcetype: integer plain
    vendor: string plain`,
  DOOH: `${NAMED}
    venuetype: string[] plain
    venuetypetax: integer plain
    publisher: Publisher
    keywords: string plain
    kwarray: string[] plain
    content: Content`,
  Refresh: `
    refsettings: RefSettings[]
    count: integer plain`,
  RefSettings: `
    reftype minint: integer plain`,
  DurFloors: `
    mindur maxdur: integer plain
    bidfloor: float plain`,
}

/** Extensions and earlier versions' places, by who specified them. */
export const EXTENSIONS: Readonly<Record<string, string>> = {
  // 2.5: where the supply chain was before 2.6; the Open Measurement SDK.
  SourceExt: `
    schain: SupplyChain
    omidpn omidpv: string plain`,
  // 2.5: where the law's signals were before 2.6. Digital Services Act: IAB Tech Lab, DSA transparency.
  RegsExt: `
    gdpr us_privacy gpp gpp_sid gpc: signal
    dsa: Dsa`,
  Dsa: `
    dsarequired pubrender datatopub: integer plain
    transparency: DsaTransparency[]`,
  DsaTransparency: `
    domain: string plain
    dsaparams: integer[] plain`,
  // Global Placement ID; 2.5's transaction of an impression; SKAdNetwork (IAB Tech Lab, community extensions).
  ImpExt: `
    tid: string personal message_id
    gpid: string plain
    skadn: Skadn`,
  Skadn: `
    version sourceapp: string plain
    versions skadnetids: string[] plain
    skadnetlist: SkadnList
    skoverlay productpage: integer plain`,
  SkadnList: `
    max: integer plain
    excl: integer[] plain
    addl: string[] plain`,
  DeviceExt: `
    ifv: id personal vendor_id
    atts: signal`,
  UserExt: `
    consent: signal
    eids: EID[]`,
  // OpenRTB Native 1.2, section 4.
  NativeRequest: `
    ver: string plain
    context contextsubtype plcmttype plcmtcnt seq aurlsupport durlsupport privacy: integer plain
    assets: NativeAsset[]
    eventtrackers: EventTracker[]`,
  NativeAsset: `
    id required: integer plain
    title: NativeTitle
    img: NativeImage
    video: NativeVideo
    data: NativeData`,
  NativeTitle: `
    len: integer plain`,
  NativeImage: `
    type w wmin h hmin: integer plain
    mimes: string[] plain`,
  NativeVideo: `
    mimes: string[] plain
    minduration maxduration: integer plain
    protocols: integer[] plain`,
  NativeData: `
    type len: integer plain`,
  EventTracker: `
    event: integer plain
    methods: integer[] plain`,
}
