import type { UserAgent } from '../support/user-agent.ts';
import type { OpUnderTest } from './op-under-test.ts';

/** A browser whose person signs in and then does not allow what is asked. */
export function declining(op: OpUnderTest): UserAgent {
  const agent = op.browser();
  const submit = agent.submit.bind(agent);
  agent.submit = (page, form, fields) =>
    submit(page, form, form === 'consent-form' ? { action: 'cancel' } : fields);
  return agent;
}
