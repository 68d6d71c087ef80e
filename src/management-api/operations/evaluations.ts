import { z } from 'zod';
import { AppError } from '../../kernel/index.ts';
import type { Decision, Question } from '../../rbac/index.ts';
import { defineOperation, type OperationDeps } from '../define-operation.ts';

const word = z.string().min(1).max(500);
const properties = z.record(z.string(), z.unknown());
const entity = z.looseObject({ type: word, id: word, properties: properties.optional() });
const action = z.looseObject({ name: word, properties: properties.optional() });
const context = properties.meta({
  description:
    'What conditions look at: `address`, `acr`, `amr` and whatever else they name. `resource_server` says whose permission is meant where several have one of that name.',
});

const evaluated = z
  .object({
    decision: z.boolean(),
    context: z
      .object({
        reason: z.string().meta({ description: 'For programs. There may be more of them.' }),
        permission: z.string().nullable(),
        resource_server: z.string().nullable(),
        proofs: z
          .array(
            z.object({
              assignment_id: z.string().nullable().meta({ description: 'Null for who owns this Gatehouse.' }),
              group: z.string().nullable().meta({ description: 'The group that has the role.' }),
              roles: z
                .array(z.string())
                .meta({ description: 'From the one assigned to the one that says it.' }),
              effect: z.string(),
              outcome: z.string().meta({ description: '`counts`, or which limit is not met.' }),
              values: properties.meta({ description: 'What the condition looked at.' }),
            }),
          )
          .meta({ description: 'Every assignment that says something of it.' }),
        missing_roles: z.array(z.string()).meta({ description: 'Roles that would allow it.' }),
      })
      .optional(),
  })
  .meta({ id: 'Evaluation', description: 'Whether the subject may do it, and why.' });

const sampleQuestion = {
  subject: { type: 'account', id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3b' },
  action: { name: 'invoices:pay' },
  resource: { type: 'invoice', id: '17', properties: { area: 'emea/de' } },
};
const sampleAnswer = {
  decision: true,
  context: {
    reason: 'allowed',
    permission: 'invoices:pay',
    resource_server: 'https://invoices.example',
    proofs: [
      {
        assignment_id: '01981c2e-7d1a-7c3e-9a51-0b7e6f1d2c3a',
        group: 'Finance',
        roles: ['accountant'],
        effect: 'allow',
        outcome: 'counts',
        values: {},
      },
    ],
    missing_roles: [],
  },
};

export const evaluate = defineOperation({
  operationId: 'evaluate',
  method: 'post',
  path: '/access/v1/evaluation',
  summary: 'Ask whether somebody may do something (OpenID AuthZEN 1.0)',
  permission: 'decisions:read',
  isQuestion: true,
  request: { body: z.object({ subject: entity, action, resource: entity, context: context.optional() }) },
  responses: { 200: { description: 'The decision.', schema: evaluated } },
  errors: [],
  sample: { body: sampleQuestion, responses: { 200: sampleAnswer } },
  async handle(deps, { body }) {
    return { status: 200, body: shown(await deps.access.check(questionOf(body))) };
  },
});

const semantics = ['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'] as const;
const partial = z.looseObject({
  subject: entity.optional(),
  action: action.optional(),
  resource: entity.optional(),
  context: context.optional(),
});

export const evaluateMany = defineOperation({
  operationId: 'evaluateMany',
  method: 'post',
  path: '/access/v1/evaluations',
  summary: 'Ask many such questions at once; what one leaves out is what is said for all',
  permission: 'decisions:read',
  isQuestion: true,
  request: {
    body: partial.extend({
      evaluations: z.array(partial).max(100).optional(),
      options: z.looseObject({ evaluations_semantic: z.enum(semantics).optional() }).optional(),
    }),
  },
  responses: {
    200: {
      description:
        'The decisions, in the order of the questions, as far as they were asked; one alone where there were none.',
      schema: z.union([z.object({ evaluations: z.array(evaluated) }), evaluated]),
    },
  },
  errors: [],
  sample: {
    body: { ...sampleQuestion, evaluations: [{}, { action: { name: 'invoices:read' } }] },
    responses: { 200: { evaluations: [sampleAnswer, { decision: false }] } },
  },
  async handle(deps, { body }) {
    const { evaluations = [], options, ...common } = body;
    const questions = (evaluations.length === 0 ? [{}] : evaluations).map(each =>
      completed({ ...common, ...each }),
    );
    const answers = await askAll(deps, questions, options?.evaluations_semantic ?? 'execute_all');
    const [first] = answers;
    const isSingle = evaluations.length === 0 && first !== undefined;
    return { status: 200, body: isSingle ? first : { evaluations: answers } };
  },
});

async function askAll(
  { access }: OperationDeps,
  questions: readonly Question[],
  semantic: (typeof semantics)[number],
) {
  if (semantic === 'execute_all') {
    return (await Promise.all(questions.map(question => access.check(question)))).map(shown);
  }
  const answers: ReturnType<typeof shown>[] = [];
  for (const question of questions) {
    const answer = shown(await access.check(question));
    answers.push(answer);
    if (answer.decision === (semantic === 'permit_on_first_permit')) break;
  }
  return answers;
}

/** @throws AppError `invalid_request` */
function completed({ subject, action: name, resource, context: said }: z.infer<typeof partial>): Question {
  if (subject === undefined || name === undefined || resource === undefined) {
    throw new AppError('invalid_request', 'Every question needs subject, action and resource.');
  }
  return questionOf({ subject, action: name, resource, context: said });
}

interface Asked {
  subject: z.infer<typeof entity>;
  action: z.infer<typeof action>;
  resource: z.infer<typeof entity>;
  context?: z.infer<typeof context> | undefined;
}

function questionOf({ subject, action: asked, resource, context: said }: Asked): Question {
  const { resource_server: server, ...rest } = said ?? {};
  const resourceServer = typeof server === 'string' ? server : undefined;
  return { subject, action: asked, resource, context: rest, resourceServer };
}

function shown({ isAllowed, reason, permission, findings, missing }: Decision) {
  return {
    decision: isAllowed,
    context: {
      reason,
      permission: permission?.name ?? null,
      resource_server: permission?.resourceServer ?? null,
      proofs: findings.map(({ assignment, path, outcome, values }) => ({
        assignment_id: assignment.id,
        group: assignment.group,
        roles: [...path.roles],
        effect: path.effect,
        outcome,
        values: { ...values },
      })),
      missing_roles: [...missing],
    },
  };
}
