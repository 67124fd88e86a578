import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { OpenApi, Schema } from './open-api.ts';

/** Says what is wrong with an answer by a schema of one document; empty when nothing is. */
export type AnswerValidator = (schema: Schema, answer: unknown) => readonly string[];

export function createAnswerValidator(document: OpenApi): AnswerValidator {
  // The document is not ours: it may use words that the validator does not know.
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'reference', ...document }, undefined, false, false);
  return (schema, answer) => {
    const validate = ajv.compile(withAbsoluteReferences(schema));
    if (validate(answer)) return [];
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
  };
}

function withAbsoluteReferences(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"reference#/components/'));
}
