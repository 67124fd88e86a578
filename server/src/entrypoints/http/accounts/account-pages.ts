import { z } from 'zod';
import {
  acceptInvitation,
  becomeFirstOwner,
  GivenPassword,
  minPasswordLength,
  NewPassword,
  openSession,
  readInvitation,
  resetPassword,
  signIn,
  toEmail,
} from '../../../core/accounts/index.ts';
import { AppError, isAppError, plainText } from '../../../core/shared/index.ts';
import { defineEndpoint, type Endpoint, type EndpointInput } from '../endpoint.ts';
import { toErrorAnswer } from '../error-response.ts';
import type { AccountDependencies } from './account-dependencies.ts';
import { FullName, LinkToken } from './follow-links.ts';
import { type FormField, type FormPage, readForm, toFormPage } from './form-page.ts';
import { originOf, toDashboard } from './session-answer.ts';

type Input = EndpointInput<object, { readonly token?: string | undefined }, object, undefined, null>;
type Fields = Readonly<Record<string, string>>;

interface Page {
  readonly name: string;
  readonly summary: string;
  /** @param token of the link, or of the form that was sent */
  readonly show: (token: string, fields: Fields) => Promise<FormPage> | FormPage;
  readonly submit: (fields: Fields, input: Input) => Promise<Response>;
}

const newPassword: FormField = {
  name: 'password',
  label: 'Password',
  type: 'password',
  autocomplete: 'new-password',
  minLength: minPasswordLength,
  hint: `at least ${minPasswordLength} characters`,
};
const fullName = (value: string | undefined): FormField => ({
  ...{ name: 'full_name', label: 'Name', autocomplete: 'name', isOptional: true },
  ...(value === undefined ? {} : { value }),
});
const email = (value: string | undefined): FormField => ({
  ...{ name: 'email', label: 'E-mail address', type: 'email', autocomplete: 'username' },
  ...(value === undefined ? {} : { value }),
});
const toSignIn = { href: '/auth/pages/sign-in', text: 'Sign in' } as const;

/** Pages for what people do before a dashboard can know them. They need no scripts. */
export function accountPages(dependencies: AccountDependencies): readonly Endpoint[] {
  const { accounts, apiUrl, provider } = dependencies;
  const pages: readonly Page[] = [
    {
      name: 'sign-in',
      summary: 'Sign in, as a page',
      show: (_token, fields) => ({
        title: 'Sign in',
        text: 'With the e-mail address and the password of your account.',
        action: '/auth/pages/sign-in',
        fields: [
          email(fields.email),
          { name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password' },
          {
            name: 'code',
            label: 'Code',
            autocomplete: 'one-time-code',
            isOptional: true,
            hint: 'if you have a second factor',
          },
        ],
        button: 'Sign in',
        ...(provider === undefined
          ? {}
          : { link: { href: '/auth/oidc/start', text: 'Sign in with your organization’s identity provider' } }),
      }),
      submit: async (fields, input) => {
        const form = parse(
          z.object({ email: plainText({ min: 1, max: 254 }), password: GivenPassword, code: z.string().max(40) }),
          {
            code: '',
            ...fields,
          },
        );
        const given = { email: form.email, password: form.password, code: form.code === '' ? null : form.code };
        return toDashboard(await signIn(dependencies, given, originOf(input)), dependencies);
      },
    },
    {
      name: 'first-owner',
      summary: 'Become the first owner, as a page',
      show: (token, fields) => ({
        title: 'Become the owner',
        text: 'This account will own this server and everything that is in it so far.',
        action: '/auth/pages/first-owner',
        fields: [{ name: 'token', value: token }, email(fields.email), fullName(fields.full_name), newPassword],
        button: 'Create the account',
      }),
      submit: async (fields, input) => {
        const form = parse(
          z.object({ token: LinkToken, email: z.email().max(254), full_name: FullName, password: NewPassword }),
          { full_name: '', ...fields },
        );
        const owner = { email: toEmail(form.email), fullName: form.full_name || null, password: form.password };
        return toDashboard(await becomeFirstOwner(accounts, form.token, owner, originOf(input)), dependencies);
      },
    },
    {
      name: 'reset-password',
      summary: 'Set a password anew, as a page',
      show: (token) => ({
        title: 'Set a new password',
        text: 'All browsers and programs that are signed in to your account will have to sign in again.',
        action: '/auth/pages/reset-password',
        fields: [{ name: 'token', value: token }, newPassword],
        button: 'Set the password',
      }),
      submit: async (fields, input) => {
        const form = parse(z.object({ token: LinkToken, password: NewPassword }), fields);
        await resetPassword(accounts, form.token, form.password, originOf(input));
        return toFormPage({ title: 'The password is set', text: 'Sign in with it now.', link: toSignIn });
      },
    },
    {
      name: 'invitation',
      summary: 'Accept an invitation, as a page',
      show: async (token, fields) => {
        const { invitation, hasAccount } = await readInvitation(dependencies, token);
        const title = `Join ${invitation.organizationName}`;
        if (hasAccount) {
          return {
            title,
            text: `${invitation.email} has an account here. Sign in to it, then accept the invitation in the dashboard or with POST /auth/invitation/join.`,
            link: toSignIn,
          };
        }
        return {
          title,
          text: `You were invited as ${invitation.role}, with the address ${invitation.email}.`,
          action: '/auth/pages/invitation',
          fields: [{ name: 'token', value: token }, fullName(fields.full_name), newPassword],
          button: 'Create the account',
        };
      },
      submit: async (fields, input) => {
        const form = parse(z.object({ token: LinkToken, full_name: FullName, password: NewPassword }), {
          full_name: '',
          ...fields,
        });
        const by = { person: null, fullName: form.full_name || null, password: form.password };
        const { user } = await acceptInvitation(dependencies, form.token, by);
        return toDashboard(await openSession(accounts, user, 'password', originOf(input)), dependencies);
      },
    },
  ];
  return pages.flatMap((page) => definePage(page, apiUrl));
}

/** The page, and where its form is sent. */
function definePage(page: Page, apiUrl: () => string): readonly Endpoint[] {
  const common = {
    path: `/auth/pages/${page.name}`,
    tags: ['pages'],
    access: 'public',
    isPage: true,
    response: z.never(),
  } as const;
  return [
    defineEndpoint({
      ...common,
      method: 'GET',
      summary: page.summary,
      query: z.object({ token: z.string().max(100).optional() }),
      handler: ({ query }) => showOrExplain(() => page.show(query.token ?? '', {})),
    }),
    defineEndpoint({
      ...common,
      method: 'POST',
      summary: `${page.summary}: send the form`,
      uploads: ['application/x-www-form-urlencoded'],
      maxUploadBytes: 64 * 1024,
      handler: (input) =>
        showOrExplain(async () => {
          const fields = await readForm(input.request, apiUrl());
          try {
            return await page.submit(fields, { ...input, query: {}, caller: null });
          } catch (error) {
            if (!isAppError(error) || error.code === 'gone' || error.code === 'internal') throw error;
            // With what was filled in, but for passwords.
            const shown = await page.show(fields.token ?? '', fields);
            return { ...shown, problem: error.message, status: toErrorAnswer(error).status };
          }
        }),
    }),
  ];
}

/** An expected failure is a page that says what to do. */
async function showOrExplain(work: () => Promise<FormPage | Response> | FormPage): Promise<Response> {
  try {
    const shown = await work();
    return shown instanceof Response ? shown : toFormPage(shown);
  } catch (error) {
    if (!isAppError(error) || error.code === 'internal') throw error;
    return toFormPage({
      title: 'This did not work',
      text: error.message,
      status: toErrorAnswer(error).status,
      link: toSignIn,
    });
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, fields: Fields): z.output<Schema> {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new AppError(
    'invalid_request',
    `${String(issue?.path[0] ?? 'The form')}: ${issue?.message ?? 'is not valid'}.`,
  );
}
