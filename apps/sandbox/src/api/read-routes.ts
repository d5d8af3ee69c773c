import type { FastifyInstance } from 'fastify';
import type { SandboxContext } from '../sandbox-context.js';
import { paginate } from '../search/paginate.js';
import type { Company } from '../store/model.js';
import { callerOf } from './authenticate.js';
import { ApiError, notFound } from './errors.js';
import { presentAdmin, presentCompany, presentContact, presentMe, presentTag, presentTeam } from './present-people.js';
import { integerParameter, parametersOf, queryOf, type Fields } from './request-input.js';

const COMPANIES_PER_PAGE = 15;
const MAX_MERGE_HOPS = 3;

/** Who works in the workspace, and how they are organised. */
export function teamRoutes(app: FastifyInstance, context: SandboxContext): void {
  const { store } = context;
  app.get('/me', async (request) => {
    const { teammate, workspace } = callerOf(context, request);
    return presentMe(teammate, workspace);
  });
  app.get('/admins', async (request) => ({
    type: 'admin.list',
    admins: store.teammatesOf(callerOf(context, request).workspace.id).map(presentAdmin),
  }));
  app.get('/admins/:id', async (request) => {
    const { workspace } = callerOf(context, request);
    const teammate = store.teammate(parametersOf(request).id ?? '');
    if (teammate?.workspaceId !== workspace.id) throw new ApiError(404, 'admin_not_found', 'Admin not found');
    return presentAdmin(teammate);
  });
  app.get('/teams', async (request) => {
    const { workspace } = callerOf(context, request);
    const teammates = store.teammatesOf(workspace.id);
    return { type: 'team.list', teams: store.teamsOf(workspace.id).map((team) => presentTeam(team, teammates)) };
  });
  app.get('/teams/:id', async (request) => {
    const { workspace } = callerOf(context, request);
    const team = store.teamsOf(workspace.id).find((candidate) => candidate.id === parametersOf(request).id);
    if (team === undefined) throw new ApiError(404, 'team_not_found', 'Team not found');
    return presentTeam(team, store.teammatesOf(workspace.id));
  });
  app.get('/tags', async (request) => ({
    type: 'list',
    data: store.tagsOf(callerOf(context, request).workspace.id).map(presentTag),
  }));
}

/** Customers, one by one. Searching them is a route of its own. */
export function contactRoutes(app: FastifyInstance, context: SandboxContext): void {
  const { store } = context;
  app.get('/contacts/:id', async (request) => {
    const { workspace } = callerOf(context, request);
    const contact = store.contact(workspace.id, parametersOf(request).id ?? '');
    if (contact === null) throw notFound('User Not Found');
    if (contact.mergedInto !== null) throw merged(finalTarget(context, workspace.id, contact.mergedInto));
    return presentContact(contact, store);
  });
}

function finalTarget({ store }: SandboxContext, workspaceId: string, mergedInto: string): string {
  let target = mergedInto;
  for (let hop = 1; hop < MAX_MERGE_HOPS; hop += 1) target = store.contact(workspaceId, target)?.mergedInto ?? target;
  return target;
}

function merged(canonicalId: string): ApiError {
  const message = "This contact has been merged. See the 'Link' header for the canonical contact.";
  return new ApiError(410, 'contact_merged', message, null, { link: `</contacts/${canonicalId}>; rel="canonical"` });
}

export function companyRoutes(app: FastifyInstance, context: SandboxContext): void {
  const { store } = context;
  app.get('/companies', async (request) => {
    const { workspace } = callerOf(context, request);
    const query = queryOf(request);
    return companyPage(context, workspace.id, filterCompanies(store.companiesOf(workspace.id), query), query);
  });
  app.get('/companies/:id', async (request) => {
    const { workspace } = callerOf(context, request);
    const company = store.companiesOf(workspace.id).find((candidate) => candidate.id === parametersOf(request).id);
    if (company === undefined) throw companyNotFound();
    return presentCompany(company, store.contactsOf(workspace.id));
  });
}

/** The name must fit exactly, and what is not there is an error rather than an empty list. */
function filterCompanies(companies: readonly Company[], query: Fields): readonly Company[] {
  const { name, company_id: companyId } = query;
  if (name === undefined && companyId === undefined) return companies;
  const found = companies.filter((company) => company.name === name || company.companyId === companyId);
  if (found.length === 0) throw companyNotFound();
  return found;
}

function companyPage(
  { store }: SandboxContext,
  workspaceId: string,
  companies: readonly Company[],
  query: Fields,
): object {
  const perPage = integerParameter(query, 'per_page') ?? COMPANIES_PER_PAGE;
  const number = integerParameter(query, 'page') ?? 1;
  const start = (number - 1) * perPage;
  const newestFirst = { key: (company: Company) => company.createdAt, descending: true };
  const { items } = paginate(companies, newestFirst, { perPage: companies.length + 1, startingAfter: null }, query);
  return {
    type: 'list',
    data: items.slice(start, start + perPage).map((company) => presentCompany(company, store.contactsOf(workspaceId))),
    total_count: companies.length,
    pages: { type: 'pages', page: number, per_page: perPage, total_pages: Math.ceil(companies.length / perPage) },
  };
}

function companyNotFound(): ApiError {
  return new ApiError(404, 'company_not_found', 'Company Not Found');
}
