/** Whether a program can do its work at the moment, as load balancers and orchestrators ask it. */

/** What is looked at, in the order in which it is told. */
export const readinessChecks = ['database', 'migrations', 'shutdown'] as const

/** Of each check the sentence that says what is wrong; undefined where nothing is. */
type Readiness = Readonly<Record<(typeof readinessChecks)[number], string | undefined>>

/** Those who ask at the same time share one answer. Never rejects. */
export type AskReadiness = () => Promise<Readiness>
