{**
 * @license AFL-3.0
 *}
<div class="panel">
  <h3>Comptoir</h3>
  {if $comptoir_problem}
    <div class="alert alert-danger">
      <p>{l s='Payments cannot be taken at the moment:' d='Modules.Comptoir.Admin'} {$comptoir_problem|escape:'html':'UTF-8'}</p>
    </div>
  {else}
    <div class="alert alert-success">
      {if $comptoir_live}
        {l s='Connected in live mode.' d='Modules.Comptoir.Admin'}
      {else}
        {l s='Connected in test mode: no money moves.' d='Modules.Comptoir.Admin'}
      {/if}
    </div>
  {/if}
  {if $comptoir_hosted}
    <p>{l s='This boutique is hosted: its keys are managed by the platform and there is nothing to fill in.' d='Modules.Comptoir.Admin'}</p>
  {else}
    <p>{l s='Register this address for notifications in your Comptoir account:' d='Modules.Comptoir.Admin'} <code>{$comptoir_webhook|escape:'html':'UTF-8'}</code></p>
  {/if}
</div>
