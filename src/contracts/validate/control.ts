/** Validates the control plane's settings: who could reach it, and whether any operator could still sign in. */

import { isIP } from 'node:net'
import type { Problem } from '../../model/problem.ts'
import type { ControlOptions } from '../options/control.ts'
import { isOnThisMachine, isPublicHttps } from '../options/words.ts'
import { problemAt, type Source } from '../source.ts'

const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/

export interface CheckedControl {
  readonly problems: readonly Problem[]
  readonly warnings: readonly Problem[]
}

export function checkControl(source: Source, control: ControlOptions): CheckedControl {
  const problems: Problem[] = []
  const warnings: Problem[] = []
  const { host, tls, behind_tls_proxy: behindProxy, access, metrics_token: metricsToken } = control
  const problem = (path: readonly string[], found: string, hint: string): void => {
    problems.push(problemAt(source, ['control', ...path], { found, hint }))
  }
  if (!LOOPBACK.test(host)) {
    if (access.oidc === undefined) {
      const hint = 'Keep it on 127.0.0.1, or name an issuer in control.access.oidc.'
      problem(['host'], 'other machines can reach the control plane, and no issuer says who calls', hint)
    }
    if (tls === undefined && !behindProxy) {
      const hint = 'Keep it on 127.0.0.1, set control.tls, or say behind_tls_proxy: true where a proxy speaks TLS.'
      problem(['host'], 'other machines can reach the control plane, and tokens would travel in clear', hint)
    }
    if (metricsToken === undefined) {
      const found = 'other machines can reach the control plane; /metrics then answers this machine alone'
      const hint = 'Set control.metrics_token where Prometheus runs elsewhere.'
      warnings.push(problemAt(source, ['control', 'host'], { found, hint }))
    }
  }
  if (!access.bootstrap_token && access.oidc === undefined)
    problem(['access', 'bootstrap_token'], 'switched off, and there is no issuer: nobody could call', 'Add oidc first.')
  if (access.oidc !== undefined && Object.values(access.oidc.roles).every((values) => values.length === 0))
    problem(['access', 'oidc', 'roles'], 'no value gives any role: nobody could do anything', 'Name at least one.')
  const signIn = access.oidc?.sign_in
  if (access.oidc !== undefined && signIn !== undefined) {
    if (!isPublicHttps(access.oidc.issuer) && !isOnThisMachine(access.oidc.issuer))
      problem(
        ['access', 'oidc', 'issuer'],
        'no https URL: a browser cannot sign in there',
        'Take sign_in out, or name its URL.',
      )
    const { hostname } = new URL(signIn.redirect_uri)
    const isAnswered = [host, 'localhost', ...control.hosts].some((name) => name.toLowerCase() === hostname)
    if (!isAnswered && isIP(hostname.replace(/^\[|\]$/g, '')) === 0) {
      const hint = 'Name it in control.hosts as well.'
      problem(
        ['access', 'oidc', 'sign_in', 'redirect_uri'],
        'a host name that the control plane does not answer to',
        hint,
      )
    }
  }
  return { problems, warnings }
}
