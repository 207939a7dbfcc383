/** Compiles the control plane's settings for the composition root. */
import type { ControlConfig, OidcIssuer } from './config.ts'
import type { ControlOptions } from './options/control.ts'

/** @param absolute resolves a path relative to the working folder */
export function compileControl(options: ControlOptions, absolute: (path: string) => string): ControlConfig {
  const { host, port, hosts, origins, tls, metrics_token: metricsToken, webhook, access, limits } = options
  return {
    host,
    port,
    hosts,
    origins,
    ...(tls === undefined ? {} : { tls: { certificate: absolute(tls.certificate), key: absolute(tls.key) } }),
    ...(metricsToken === undefined ? {} : { metricsToken }),
    ...(webhook === undefined ? {} : { webhook }),
    bootstrapToken: access.bootstrap_token,
    ...(access.oidc === undefined ? {} : { oidc: compileIssuer(access.oidc, absolute) }),
    limits: {
      actorPerMinute: limits.actor_per_minute,
      addressPerMinute: limits.address_per_minute,
      failedLoginsPerMinute: limits.failed_logins_per_minute,
    },
  }
}

function compileIssuer(
  oidc: NonNullable<ControlOptions['access']['oidc']>,
  absolute: (path: string) => string,
): OidcIssuer {
  const { issuer, audience, jwks, algorithms, roles, roles_claim: claim, name_claim: nameClaim, sign_in: signIn } = oidc
  return {
    issuer,
    audience,
    jwks: jwks.includes('://') ? jwks : absolute(jwks),
    algorithms,
    clockSkewSeconds: oidc.clock_skew_seconds,
    rolesClaim: typeof claim === 'string' ? [claim] : claim,
    roles,
    ...(nameClaim === undefined ? {} : { nameClaim }),
    ...(signIn === undefined
      ? {}
      : {
          signIn: {
            clientId: signIn.client_id,
            ...(signIn.client_secret === undefined ? {} : { clientSecret: signIn.client_secret }),
            redirectUri: signIn.redirect_uri,
            scopes: signIn.scopes,
          },
        }),
  }
}
