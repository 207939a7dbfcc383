/**
 * Signatures of OpenDSR processors (specification 2.0, sections 4, 8.3 and 8.8, and security_guidelines.md; 1.0 is the same
 * under the names of OpenGDPR): base64 of a signature over the raw body's SHA-256, by the key of an X.509 certificate that
 * names the processor's domain. The certificates come from the contract: those served by the domain at the time of a callback
 * could come from an attacker who controls it. For a rotation, add the new one beside the old one.
 */
import { type KeyObject, verify, X509Certificate } from 'node:crypto'
import type { EpochMs } from '../../model/brand.ts'

/** Whose signatures count, from the contract. */
export interface ProcessorSettings {
  /** As in the processor's domain header. */
  readonly domain: string
  /** PEM, one certificate each. */
  readonly certificates: readonly string[]
}

/** The same, parsed. */
export interface ProcessorTrust {
  readonly domain: string
  readonly certificates: readonly {
    readonly from: number
    /** Exclusive. */
    readonly to: number
    readonly key: KeyObject
  }[]
}

/** Ignores certificates that do not name the domain. Throws if one is malformed. */
export function trustIn({ domain, certificates }: ProcessorSettings): ProcessorTrust {
  const named = certificates.map((pem) => new X509Certificate(pem)).filter((one) => namesDomain(one, domain))
  return {
    domain,
    certificates: named.map(({ validFromDate, validToDate, publicKey }) => ({
      from: validFromDate.getTime(),
      to: validToDate.getTime(),
      key: publicKey,
    })),
  }
}

/** `certificate`: none of the contract's certificates is valid now for this domain. */
export type SignatureCheck = 'good' | 'unsigned' | 'domain' | 'certificate' | 'signature'

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** The names of 2.0, and of 1.0, which "all parties must honor". */
const DOMAIN_HEADERS = ['x-opendsr-processor-domain', 'x-opengdpr-processor-domain'] as const
const SIGNATURE_HEADERS = ['x-opendsr-signature', 'x-opengdpr-signature'] as const
/** RSA with 16,384 bits. */
const MAX_SIGNATURE = 2_736
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const MIN_RSA_BITS = 2_048

/**
 * Reads nothing from the body.
 * @param headers names in lower case
 * @param body the raw bytes
 */
export function checkSignature(
  headers: Headers,
  body: Uint8Array,
  { domain, certificates }: ProcessorTrust,
  now: EpochMs,
): SignatureCheck {
  const named = onlyOne(headers, DOMAIN_HEADERS)
  const given = onlyOne(headers, SIGNATURE_HEADERS)
  if (named === undefined || given === undefined) return 'unsigned'
  if (named.toLowerCase() !== domain) return 'domain'
  // Long headers may be folded over lines, as in the specification's examples.
  const text = given.replace(/\s+/g, '')
  if (text.length > MAX_SIGNATURE || !BASE64.test(text)) return 'signature'
  const signature = Buffer.from(text, 'base64')
  const valid = certificates.filter(({ from, to }) => from <= now && now < to)
  if (valid.length === 0) return 'certificate'
  return valid.some(({ key }) => verify('sha256', body, key, signature)) ? 'good' : 'signature'
}

/** Why a contract's certificate is unusable, apart from its dates; undefined if it is valid. */
export function certificateProblem(pem: string, domain: string): string | undefined {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(pem)
  } catch {
    return 'not a certificate in PEM'
  }
  const { publicKey } = certificate
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey
  if (type !== 'rsa' && type !== 'ec') return 'its key is neither RSA nor of an elliptic curve'
  if (type === 'rsa' && (details?.modulusLength ?? 0) < MIN_RSA_BITS) return `its RSA key is under ${MIN_RSA_BITS} bits`
  if (certificate.checkIssued(certificate) && certificate.verify(publicKey)) {
    return 'self-signed, which OpenDSR forbids (section 4.1)'
  }
  if (!namesDomain(certificate, domain)) return 'it does not name `domain` among its alternative names'
  return undefined
}

/** Exact match: OpenDSR requires a certificate for the domain rather than a wildcard. */
function namesDomain(certificate: X509Certificate, domain: string): boolean {
  return certificate.checkHost(domain, { subject: 'never', wildcards: false }) !== undefined
}

/** The value under any of the names; undefined if it is missing, repeated or inconsistent. */
function onlyOne(headers: Headers, names: readonly string[]): string | undefined {
  const [value, ...more] = new Set(names.flatMap((name) => headers[name] ?? []))
  return more.length === 0 ? value : undefined
}
