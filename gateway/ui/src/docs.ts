/** The document of the REST API, to read and to try: built in, so that it needs neither a CDN nor a token. */
import 'swagger-ui-dist/swagger-ui.css'
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle'
import document from '../../openapi.json'

SwaggerUI({ dom_id: '#docs', spec: document, deepLinking: true, validatorUrl: null })
