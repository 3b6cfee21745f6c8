// The services behind the studio. Addresses are relative to the page: the studio may stand under a path.

import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";

import { AuditService } from "../protos/mammoganesis/v1/audit_pb";
import { BulkService } from "../protos/mammoganesis/v1/bulk_service_pb";
import { CaseService } from "../protos/mammoganesis/v1/cases_pb";
import { LtiService } from "../protos/mammoganesis/v1/lti_pb";
import { ModelService } from "../protos/mammoganesis/v1/model_pb";
import { PcaEditingService } from "../protos/mammoganesis/v1/pca_editing_pb";
import { QuizService } from "../protos/mammoganesis/v1/quizzes_pb";
import { QuotaService } from "../protos/mammoganesis/v1/quota_pb";
import { RegistryService } from "../protos/mammoganesis/v1/registry_pb";
import { SamplingService } from "../protos/mammoganesis/v1/sampling_pb";
import { ReaderStudyService } from "../protos/mammoganesis/v1/studies_pb";
import { StyleTransferService } from "../protos/mammoganesis/v1/style_transfer_pb";
import { again, proof } from "../session/session";

// Each call says that it is this page's. One whose login has ended waits for the next, and is made again; a stream is left to whoever has asked for it.
const asWhoeverIsLoggedIn: Interceptor = (next) => async (request) => {
  for (;;) {
    for (const [name, value] of Object.entries(proof())) request.header.set(name, value);
    try {
      return await next(request);
    } catch (error) {
      if (!(error instanceof ConnectError) || error.code !== Code.Unauthenticated || !(await again())) throw error;
      if (request.stream) throw new ConnectError(error.rawMessage, Code.Unavailable);
    }
  }
};

const transport = createConnectTransport({
  baseUrl: new URL(".", document.baseURI).href,
  useBinaryFormat: true,
  interceptors: [asWhoeverIsLoggedIn],
});

export const modelService = createClient(ModelService, transport);
export const samplingService = createClient(SamplingService, transport);
export const pcaEditingService = createClient(PcaEditingService, transport);
export const styleTransferService = createClient(StyleTransferService, transport);
export const auditService = createClient(AuditService, transport);
export const bulkService = createClient(BulkService, transport);
export const caseService = createClient(CaseService, transport);
export const ltiService = createClient(LtiService, transport);
export const quizService = createClient(QuizService, transport);
export const quotaService = createClient(QuotaService, transport);
export const registryService = createClient(RegistryService, transport);
export const readerStudyService = createClient(ReaderStudyService, transport);
