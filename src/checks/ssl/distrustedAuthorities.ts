/**
 * Authorities that browsers have stopped to trust, or that were made to listen in, by the names in their certificates: a chain is recognized
 * also where the root is not sent along.
 */
import type { InspectedCertificate } from './certificateFacts.ts';

interface Distrust {
  why: string;
  /** Day from which on issued certificates are not good, where older ones still are. */
  from?: string;
}

const ORGANIZATIONS: Readonly<Record<string, Distrust>> = {
  DigiNotar: { why: 'broken into in 2011' },
  'DigiNotar B.V.': { why: 'broken into in 2011' },
  CNNIC: { why: 'distrusted since 2015' },
  'China Internet Network Information Center': { why: 'distrusted since 2015' },
  'WoSign CA Limited': { why: 'distrusted since 2016' },
  'StartCom Ltd.': { why: 'distrusted since 2016' },
  'StartCom CA': { why: 'distrusted since 2016' },
  'India PKI': { why: 'issued certificates for others\' domains in 2014' },
  'PM/SGDN': { why: 'issued certificates for others\' domains in 2013' },
  'Symantec Corporation': { why: 'distrusted since 2018' },
  'VeriSign, Inc.': { why: 'distrusted since 2018 (Symantec)' },
  'GeoTrust Inc.': { why: 'distrusted since 2018 (Symantec)' },
  'thawte, Inc.': { why: 'distrusted since 2018 (Symantec)' },
  Certinomis: { why: 'distrusted since 2019' },
  'AC Camerfirma S.A.': { why: 'distrusted since 2021' },
  'TrustCor Systems S. de R.L.': { why: 'distrusted since 2022' },
  'E-Tugra EBG A.S.': { why: 'distrusted since 2023' },
  'e-commerce monitoring GmbH': { why: 'distrusted for certificates since July 2024', from: '2024-07-01' },
  'Chunghwa Telecom Co., Ltd.': { why: 'distrusted for certificates since August 2025', from: '2025-08-01' },
  'NetLock Kft.': { why: 'distrusted for certificates since August 2025', from: '2025-08-01' },
  'Superfish, Inc.': { why: 'its private key was on every machine that trusted it' },
};

const ENTRUST: Distrust = { why: 'distrusted for certificates since December 2024', from: '2024-12-01' };
const COMMON_NAMES: Readonly<Record<string, Distrust>> = {
  eDellRoot: { why: 'its private key was on every machine that trusted it' },
  DSDTestProvider: { why: 'its private key was on every machine that trusted it' },
  'MCSHOLDING TEST': { why: 'issued certificates for others\' domains in 2015' },
  'Qaznet Trust Network': { why: 'made to listen in on connections' },
  'Information Security Certification Authority': { why: 'made to listen in on connections' },
  'Entrust Root Certification Authority': ENTRUST,
  'Entrust Root Certification Authority - G2': ENTRUST,
  'Entrust Root Certification Authority - G4': ENTRUST,
  'Entrust Root Certification Authority - EC1': ENTRUST,
  'Entrust.net Certification Authority (2048)': ENTRUST,
  'AffirmTrust Commercial': ENTRUST, 'AffirmTrust Networking': ENTRUST, 'AffirmTrust Premium': ENTRUST, 'AffirmTrust Premium ECC': ENTRUST,
};

/** The first distrusted authority of a chain (the leaf first), or null. Of the leaf the issuer counts alone: anybody may be called as an authority is. */
export function distrustedIn(chain: readonly InspectedCertificate[]): { name: string; why: string } | null {
  const issued = chain[0]?.facts.notBefore ?? '';
  const parties = chain.flatMap(({ subject, issuer }, index) => (index === 0 ? [issuer] : [subject, issuer]));
  for (const { organizations, commonNames } of parties) {
    for (const [table, names] of [[ORGANIZATIONS, organizations], [COMMON_NAMES, commonNames]] as const) {
      const name = names.find((one) => Object.hasOwn(table, one) && issued >= (table[one]?.from ?? ''));
      if (name !== undefined) return { name, why: table[name]?.why ?? '' };
    }
  }
  return null;
}
