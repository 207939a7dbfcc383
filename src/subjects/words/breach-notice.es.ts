/** A notice to those concerned by a breach, in Spanish. */
import type { BreachFacts } from '../breach-facts.ts'

export const BREACH_NOTICE_ES = ({ name, from, to, contact }: BreachFacts): string =>
  `Aviso de una violación de seguridad de datos en ${name}

Qué ha ocurrido. ${name}, una empresa a la que enviamos datos de algunos de nuestros usuarios, nos comunicó el [día] que [qué ocurrió y cuándo].

Qué datos. Entre el ${from.slice(0, 10)} y el ${to.slice(0, 10)} enviamos a ${name} los tipos de datos que se indican más abajo para usted. [Cuáles están afectados, en la
medida en que se sabe.] A estas empresas nunca enviamos mensajes, contactos, fotos ni datos de pago.

Qué puede significar para usted. [Consecuencias probables.]

Qué hemos hecho. Desde [hora] no enviamos más datos a ${name}. [Otras medidas, nuestras y suyas.]

Qué puede hacer usted. En los ajustes de la aplicación puede ver todo lo que hemos enviado sobre usted, oponerse y pedir que se borre. [Otros consejos.]

A quién preguntar. ${contact}. También puede presentar una reclamación ante su autoridad de protección de datos.`
